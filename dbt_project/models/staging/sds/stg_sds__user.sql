with users as (

    select * from {{ source('sds', 'user') }}

),

-- type and clean each column
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        _is_entity,
        _load,
        _row
    from users

)

select
    person_key,
    record_key,
    _is_protected,
    _is_entity,
    _load,
    _row
from typed
