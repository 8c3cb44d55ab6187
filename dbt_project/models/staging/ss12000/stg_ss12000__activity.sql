with delivered as (

    select * from {{ source('ss12000', 'activity') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('activity_id') }} as activity_id,
        {{ as_text('display_name') }} as display_name,
        {{ as_text('activity_type') }} as activity_type,
        {{ as_boolean('has_calendar_events') }} as has_calendar_events,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_integer('planned_minutes') }} as planned_minutes,
        {{ as_text('syllabus_id') }} as syllabus_id,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('parent_activity_id') }} as parent_activity_id,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    activity_id,
    display_name,
    activity_type,
    has_calendar_events,
    start_date,
    end_date,
    planned_minutes,
    syllabus_id,
    organisation_id,
    parent_activity_id,
    _is_entity,
    _load,
    _row
from typed
