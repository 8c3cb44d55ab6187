with versions as (

    select
        *,
        _recorded_at as recorded_from,
        _recorded_to as recorded_to
    from {{ source('recorded', 'ss12000__organisation') }}
    where organisation_type = 'Skolenhet' and school_unit_code is not null

)

select
    {{ version_key('organisation_id', 'recorded_from') }} as school_unit_version_key,
    school_unit_code,
    organisation_id,
    display_name as school_unit_name,
    municipality_code,
    parent_organisation_id,
    school_types as school_form_codes,
    start_date,
    end_date,
    {{ valid_from_receipt('organisation_id', 'recorded_from') }} as valid_from,
    cast(recorded_to as date) as valid_to,
    recorded_from,
    recorded_to,
    _load
from versions
