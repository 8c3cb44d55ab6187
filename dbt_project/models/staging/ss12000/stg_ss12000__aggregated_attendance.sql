with delivered as (

    select * from {{ source('ss12000', 'aggregated_attendance') }}

),

-- type and clean each column
typed as (

    select
        _person_key as person_key,
        _is_protected,
        {{ as_text('activity_id') }} as activity_id,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_integer('present_minutes') }} as present_minutes,
        {{ as_integer('valid_absence_minutes') }} as valid_absence_minutes,
        {{ as_integer('invalid_absence_minutes') }} as invalid_absence_minutes,
        {{ as_integer('other_attendance_minutes') }} as other_attendance_minutes,
        {{ as_integer('reported_minutes') }} as reported_minutes,
        {{ as_integer('offered_minutes') }} as offered_minutes,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    person_key,
    _is_protected,
    activity_id,
    start_date,
    end_date,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    other_attendance_minutes,
    reported_minutes,
    offered_minutes,
    _is_entity,
    _load,
    _row
from typed
