with roles as (

    select * from {{ source('oneroster', 'role') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        _person_key as person_key,
        _is_protected,
        {{ as_text('role_id') }} as role_id,
        {{ as_text('role_type') }} as role_type,
        {{ as_text('role') }} as role,
        {{ as_date('begin_date') }} as begin_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_text('org_id') }} as org_id,
        _is_entity,
        _load,
        _row
    from roles
    where lower(status) is distinct from 'tobedeleted'

)

select
    person_key,
    _is_protected,
    role_id,
    role_type,
    role,
    begin_date,
    end_date,
    org_id,
    _is_entity,
    _load,
    _row
from typed
