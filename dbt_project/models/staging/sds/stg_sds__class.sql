with classes as (

    select * from {{ source('sds', 'class') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('class_id') }} as class_id,
        {{ as_text('org_id') }} as org_id,
        {{ as_text('title') }} as title,
        {{ as_text('session_ids') }} as session_ids,
        {{ as_text('course_id') }} as course_id,
        {{ as_text('class_code') }} as class_code,
        _is_entity,
        _load,
        _row
    from classes

)

select
    class_id,
    org_id,
    title,
    session_ids,
    course_id,
    class_code,
    _is_entity,
    _load,
    _row
from typed
