with school_groups as (

    select * from {{ source('ss12000', 'school_group') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('group_id') }} as group_id,
        {{ as_text('display_name') }} as display_name,
        {{ as_text('group_type') }} as group_type,
        {{ as_code('school_type') }} as school_type,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        _is_entity,
        _load,
        _row
    from school_groups

)

select
    group_id,
    display_name,
    group_type,
    school_type,
    organisation_id,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
