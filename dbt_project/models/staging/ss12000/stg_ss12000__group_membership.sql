with memberships as (

    select * from {{ source('ss12000', 'group_membership') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('group_id') }} as group_id,
        _person_key as person_key,
        _is_protected,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        _is_entity,
        _load,
        _row
    from memberships

)

select
    group_id,
    person_key,
    _is_protected,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
