with units as (

    select * from {{ source('planned_educations', 'school_unit') }}

),

typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('school_unit_name') }} as school_unit_name,
        {{ canonical_municipality('municipality_code') }} as municipality_code,
        {{ as_text('post_district') }} as post_district,
        {{ json_codes('school_types', 'code') }} as school_types,
        {{ as_text('principal_type') }} as principal_type,
        {{ as_boolean('is_abroad') }} as is_abroad,
        _load,
        _row
    from units

)

select
    school_unit_code,
    school_unit_name,
    municipality_code,
    post_district,
    school_types,
    principal_type,
    is_abroad,
    _load,
    _row
from typed
