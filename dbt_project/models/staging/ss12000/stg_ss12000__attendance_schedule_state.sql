with delivered as (

    select * from {{ source('ss12000', 'attendance_schedule_state') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('attendance_schedule_id') }} as attendance_schedule_id,
        {{ as_text('state') }} as state,
        {{ as_utc_timestamp('registered_at') }} as registered_at,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    attendance_schedule_id,
    state,
    registered_at,
    _is_entity,
    _load,
    _row
from typed
