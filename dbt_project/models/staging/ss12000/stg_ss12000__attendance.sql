with delivered as (

    select * from {{ source('ss12000', 'attendance') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('attendance_id') }} as attendance_id,
        {{ as_text('calendar_event_id') }} as calendar_event_id,
        _person_key as person_key,
        _person_is_protected as _is_protected,
        {{ as_boolean('is_reported') }} as is_reported,
        {{ as_integer('present_minutes') }} as present_minutes,
        {{ as_integer('valid_absence_minutes') }} as valid_absence_minutes,
        {{ as_integer('invalid_absence_minutes') }} as invalid_absence_minutes,
        {{ as_integer('other_attendance_minutes') }} as other_attendance_minutes,
        {{ as_utc_timestamp('reported_at') }} as reported_at,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    attendance_id,
    calendar_event_id,
    person_key,
    _is_protected,
    is_reported,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    other_attendance_minutes,
    reported_at,
    _is_entity,
    _load,
    _row
from typed
