with delivered as (

    select * from {{ source('ss12000', 'activity_group') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('activity_id') }} as activity_id,
        {{ as_text('group_id') }} as group_id,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    activity_id,
    group_id,
    _is_entity,
    _load,
    _row
from typed
