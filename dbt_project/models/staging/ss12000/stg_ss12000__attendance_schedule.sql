with delivered as (

    select * from {{ source('ss12000', 'attendance_schedule') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('attendance_schedule_id') }} as attendance_schedule_id,
        {{ as_text('placement_id') }} as placement_id,
        {{ as_integer('weeks') }} as weeks,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_boolean('is_temporary') }} as is_temporary,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    attendance_schedule_id,
    placement_id,
    weeks,
    start_date,
    end_date,
    is_temporary,
    _is_entity,
    _load,
    _row
from typed
