with delivered as (

    select * from {{ source('ss12000', 'activity_teacher') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('activity_id') }} as activity_id,
        {{ as_text('duty_id') }} as duty_id,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_integer('planned_minutes') }} as planned_minutes,
        {{ as_boolean('is_grader') }} as is_grader,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    activity_id,
    duty_id,
    start_date,
    end_date,
    planned_minutes,
    is_grader,
    _is_entity,
    _load,
    _row
from typed
