with delivered as (

    select * from {{ source('ss12000', 'placement') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('placement_id') }} as placement_id,
        _person_key as person_key,
        _is_protected,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('group_id') }} as group_id,
        {{ as_text('school_type') }} as school_type,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_text('reason') }} as reason,
        {{ as_integer('max_weekly_hours') }} as max_weekly_hours,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    placement_id,
    person_key,
    _is_protected,
    organisation_id,
    group_id,
    school_type,
    start_date,
    end_date,
    reason,
    max_weekly_hours,
    _is_entity,
    _load,
    _row
from typed
