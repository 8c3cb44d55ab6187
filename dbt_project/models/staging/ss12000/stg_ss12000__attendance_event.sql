with delivered as (

    select * from {{ source('ss12000', 'attendance_event') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('attendance_event_id') }} as attendance_event_id,
        _person_key as person_key,
        _person_is_protected as _is_protected,
        {{ as_text('event_type') }} as event_type,
        {{ as_utc_timestamp('event_time') }} as event_time,
        {{ as_text('group_id') }} as group_id,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    attendance_event_id,
    person_key,
    _is_protected,
    event_type,
    event_time,
    group_id,
    _is_entity,
    _load,
    _row
from typed
