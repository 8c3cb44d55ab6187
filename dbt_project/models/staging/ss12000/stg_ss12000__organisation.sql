with organisations as (

    select * from {{ source('ss12000', 'organisation') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('display_name') }} as display_name,
        {{ as_text('organisation_type') }} as organisation_type,
        {{ as_text('parent_organisation_id') }} as parent_organisation_id,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ json_codes('school_types') }} as school_types,
        {{ canonical_municipality('municipality_code') }} as municipality_code,
        {{ as_text('organisation_number') }} as organisation_number,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        _is_entity,
        _load,
        _row
    from organisations

)

select
    organisation_id,
    display_name,
    organisation_type,
    parent_organisation_id,
    school_unit_code,
    school_types,
    municipality_code,
    organisation_number,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
