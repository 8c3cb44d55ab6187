with users as (

    select * from {{ source('oneroster', 'user') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        {{ as_boolean('is_enabled') }} as is_enabled,
        {{ as_text('role') }} as role,
        {{ as_text('org_ids') }} as org_ids,
        {{ as_text('primary_org_id') }} as primary_org_id,
        {{ as_text('grades') }} as grades,
        _is_entity,
        _load,
        _row
    from users
    where lower(status) is distinct from 'tobedeleted'

)

select
    person_key,
    record_key,
    _is_protected,
    is_enabled,
    role,
    org_ids,
    primary_org_id,
    grades,
    _is_entity,
    _load,
    _row
from typed
