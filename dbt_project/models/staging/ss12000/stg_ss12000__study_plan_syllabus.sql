with delivered as (

    select * from {{ source('ss12000', 'study_plan_syllabus') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('study_plan_id') }} as study_plan_id,
        _person_key as person_key,
        _is_protected,
        {{ as_text('content_type') }} as content_type,
        {{ as_text('syllabus_id') }} as syllabus_id,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_integer('planned_hours') }} as planned_hours,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    study_plan_id,
    person_key,
    _is_protected,
    content_type,
    syllabus_id,
    start_date,
    end_date,
    planned_hours,
    _is_entity,
    _load,
    _row
from typed
