with orgs as (

    select * from {{ source('sds', 'org') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('org_id') }} as org_id,
        {{ as_text('org_name') }} as org_name,
        {{ as_text('org_type') }} as org_type,
        {{ as_text('parent_org_id') }} as parent_org_id,
        _is_entity,
        _load,
        _row
    from orgs

)

select
    org_id,
    org_name,
    org_type,
    parent_org_id,
    _is_entity,
    _load,
    _row
from typed
