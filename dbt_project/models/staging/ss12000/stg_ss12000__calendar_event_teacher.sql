with delivered as (

    select * from {{ source('ss12000', 'calendar_event_teacher') }}

),

-- type and clean each column
typed as (

    select
        {{ as_date('window_start') }} as window_start,
        {{ as_text('calendar_event_id') }} as calendar_event_id,
        {{ as_text('duty_id') }} as duty_id,
        {{ as_boolean('participates') }} as participates,
        {{ as_utc_timestamp('start_time') }} as start_time,
        {{ as_utc_timestamp('end_time') }} as end_time,
        {{ as_integer('teacher_minutes') }} as teacher_minutes,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    window_start,
    calendar_event_id,
    duty_id,
    participates,
    start_time,
    end_time,
    teacher_minutes,
    _is_entity,
    _load,
    _row
from typed
