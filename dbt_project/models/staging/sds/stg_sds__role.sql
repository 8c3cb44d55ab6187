with roles as (

    select * from {{ source('sds', 'role') }}

),

-- type and clean each column
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        {{ as_text('org_id') }} as org_id,
        {{ as_text('role') }} as role,
        {{ as_text('session_id') }} as session_id,
        {{ as_text('grade') }} as grade,
        {{ as_boolean('is_primary') }} as is_primary,
        {{ as_date('start_date', ['%m/%d/%Y']) }} as start_date,
        {{ as_date('end_date', ['%m/%d/%Y']) }} as end_date,
        _is_entity,
        _load,
        _row
    from roles

)

select
    person_key,
    record_key,
    _is_protected,
    org_id,
    role,
    session_id,
    grade,
    is_primary,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
