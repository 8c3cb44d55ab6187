with delivered as (

    select * from {{ source('ss12000', 'absence') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('absence_id') }} as absence_id,
        _person_key as person_key,
        _person_is_protected as _is_protected,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('absence_type') }} as absence_type,
        {{ as_utc_timestamp('start_time') }} as start_time,
        {{ as_utc_timestamp('end_time') }} as end_time,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    absence_id,
    person_key,
    _is_protected,
    organisation_id,
    absence_type,
    start_time,
    end_time,
    _is_entity,
    _load,
    _row
from typed
