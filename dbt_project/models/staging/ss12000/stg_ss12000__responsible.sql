with relations as (

    select * from {{ source('ss12000', 'responsible') }}

),

-- two persons, both known by their keys
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        _responsible_person_id_key as responsible_person_key,
        {{ as_text('relation_type') }} as relation_type,
        _is_entity,
        _load,
        _row
    from relations

)

select
    person_key,
    record_key,
    _is_protected,
    responsible_person_key,
    relation_type,
    _is_entity,
    _load,
    _row
from typed
