with orgs as (

    select * from {{ source('oneroster', 'org') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        {{ as_text('org_id') }} as org_id,
        {{ as_text('org_name') }} as org_name,
        {{ as_text('org_type') }} as org_type,
        {{ as_text('identifier') }} as identifier,
        {{ as_text('parent_org_id') }} as parent_org_id,
        _is_entity,
        _load,
        _row
    from orgs
    where lower(status) is distinct from 'tobedeleted'

)

select
    org_id,
    org_name,
    org_type,
    identifier,
    parent_org_id,
    _is_entity,
    _load,
    _row
from typed
