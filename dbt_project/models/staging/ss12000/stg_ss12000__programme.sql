with delivered as (

    select * from {{ source('ss12000', 'programme') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('programme_id') }} as programme_id,
        {{ as_text('programme_name') }} as programme_name,
        {{ as_text('programme_type') }} as programme_type,
        {{ as_text('parent_programme_id') }} as parent_programme_id,
        {{ as_text('school_type') }} as school_type,
        {{ as_text('programme_code') }} as programme_code,
        {{ as_text('content') }} as content,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    programme_id,
    programme_name,
    programme_type,
    parent_programme_id,
    school_type,
    programme_code,
    content,
    _is_entity,
    _load,
    _row
from typed
