with delivered as (

    select * from {{ source('ss12000', 'placement_owner') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('placement_id') }} as placement_id,
        _person_key as person_key,
        _is_protected,
        _child_id_key as child_person_key,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    placement_id,
    person_key,
    _is_protected,
    child_person_key,
    _is_entity,
    _load,
    _row
from typed
