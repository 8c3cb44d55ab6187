with classes as (

    select * from {{ source('oneroster', 'class') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        {{ as_text('class_id') }} as class_id,
        {{ as_text('title') }} as title,
        {{ as_text('grades') }} as grades,
        {{ as_text('course_id') }} as course_id,
        {{ as_text('class_code') }} as class_code,
        {{ as_text('class_type') }} as class_type,
        {{ as_text('school_id') }} as school_id,
        {{ as_text('term_ids') }} as term_ids,
        {{ as_text('subjects') }} as subjects,
        {{ as_text('subject_codes') }} as subject_codes,
        _is_entity,
        _load,
        _row
    from classes
    where lower(status) is distinct from 'tobedeleted'

)

select
    class_id,
    title,
    grades,
    course_id,
    class_code,
    class_type,
    school_id,
    term_ids,
    subjects,
    subject_codes,
    _is_entity,
    _load,
    _row
from typed
