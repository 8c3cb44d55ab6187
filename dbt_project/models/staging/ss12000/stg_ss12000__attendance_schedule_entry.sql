with delivered as (

    select * from {{ source('ss12000', 'attendance_schedule_entry') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('attendance_schedule_id') }} as attendance_schedule_id,
        {{ as_integer('week_offset') }} as week_offset,
        {{ as_text('weekday') }} as weekday,
        {{ as_local_time('start_time') }} as start_time,
        {{ as_local_time('end_time') }} as end_time,
        {{ as_integer('length_minutes') }} as length_minutes,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    attendance_schedule_id,
    week_offset,
    weekday,
    start_time,
    end_time,
    length_minutes,
    _is_entity,
    _load,
    _row
from typed
