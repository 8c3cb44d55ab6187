with versions as (

    select
        *,
        _recorded_at as recorded_from,
        _recorded_to as recorded_to
    from {{ source('recorded', 'ss12000__person') }}

)

select
    {{ version_key('record_key', 'recorded_from') }} as person_version_key,
    person_key,
    record_key,
    sex_code,
    birth_year,
    person_status,
    home_municipality_code,
    {{ valid_from_receipt('record_key', 'recorded_from') }} as valid_from,
    cast(recorded_to as date) as valid_to,
    recorded_from,
    recorded_to,
    _load
from versions
