with units as (

    select * from {{ source('skolenhetsregistret', 'school_unit') }}

),

typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_date('search_date') }} as search_date,
        {{ as_text('asked_municipality_code') }} as asked_municipality_code,
        {{ as_text('display_name') }} as display_name,
        {{ as_code('status') }} as status,
        {{ as_text('school_name') }} as school_name,
        {{ as_code('school_unit_type') }} as school_unit_type,
        {{ as_code('orientation_type') }} as orientation_type,
        {{ canonical_municipality('municipality_code') }} as municipality_code,
        {{ as_text('organisation_number') }} as organisation_number,
        {{ as_text('organiser_name') }} as organiser_name,
        {{ as_code('organiser_type') }} as organiser_type,
        {{ json_codes('school_types') }} as school_types,
        {{ json_codes('grade_years') }} as grade_years,
        {{ visiting_locality('addresses') }} as locality,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_date('modified_date') }} as modified_date,
        _load,
        _row
    from units

)

select
    school_unit_code,
    search_date,
    asked_municipality_code,
    display_name,
    status,
    school_name,
    school_unit_type,
    orientation_type,
    municipality_code,
    organisation_number,
    organiser_name,
    organiser_type,
    school_types,
    grade_years,
    locality,
    start_date,
    end_date,
    modified_date,
    _load,
    _row
from typed
