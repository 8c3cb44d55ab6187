with delivered as (

    select * from {{ source('ss12000', 'resource') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('resource_id') }} as resource_id,
        {{ as_text('display_name') }} as display_name,
        {{ as_text('organisation_id') }} as organisation_id,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    resource_id,
    display_name,
    organisation_id,
    _is_entity,
    _load,
    _row
from typed
