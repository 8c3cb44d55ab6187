with delivered as (

    select * from {{ source('ss12000', 'calendar_event_student') }}

),

-- type and clean each column
typed as (

    select
        {{ as_date('window_start') }} as window_start,
        {{ as_text('calendar_event_id') }} as calendar_event_id,
        _person_key as person_key,
        _is_protected,
        {{ as_boolean('participates') }} as participates,
        {{ as_utc_timestamp('start_time') }} as start_time,
        {{ as_utc_timestamp('end_time') }} as end_time,
        {{ as_integer('student_minutes') }} as student_minutes,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    window_start,
    calendar_event_id,
    person_key,
    _is_protected,
    participates,
    start_time,
    end_time,
    student_minutes,
    _is_entity,
    _load,
    _row
from typed
