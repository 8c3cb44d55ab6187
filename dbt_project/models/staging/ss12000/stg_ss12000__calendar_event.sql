with delivered as (

    select * from {{ source('ss12000', 'calendar_event') }}

),

-- type and clean each column
typed as (

    select
        {{ as_date('window_start') }} as window_start,
        {{ as_text('calendar_event_id') }} as calendar_event_id,
        {{ as_text('activity_id') }} as activity_id,
        {{ as_utc_timestamp('start_time') }} as start_time,
        {{ as_utc_timestamp('end_time') }} as end_time,
        {{ as_boolean('is_cancelled') }} as is_cancelled,
        {{ as_integer('teacher_minutes') }} as teacher_minutes,
        {{ as_integer('student_minutes') }} as student_minutes,
        {{ as_text('rooms') }} as rooms,
        {{ as_text('resources') }} as resources,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    window_start,
    calendar_event_id,
    activity_id,
    start_time,
    end_time,
    is_cancelled,
    teacher_minutes,
    student_minutes,
    rooms,
    resources,
    _is_entity,
    _load,
    _row
from typed
