with delivered as (

    select * from {{ source('ss12000', 'syllabus') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('syllabus_id') }} as syllabus_id,
        {{ as_text('school_type') }} as school_type,
        {{ as_text('subject_code') }} as subject_code,
        {{ as_text('subject_name') }} as subject_name,
        {{ as_text('subject_designation') }} as subject_designation,
        {{ as_text('course_code') }} as course_code,
        {{ as_text('course_name') }} as course_name,
        {{ as_integer('start_school_year') }} as start_school_year,
        {{ as_integer('end_school_year') }} as end_school_year,
        {{ as_integer('points') }} as points,
        {{ as_text('curriculum') }} as curriculum,
        {{ as_text('language_code') }} as language_code,
        {{ as_boolean('is_official') }} as is_official,
        {{ as_text('specialisation_title') }} as specialisation_title,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    syllabus_id,
    school_type,
    subject_code,
    subject_name,
    subject_designation,
    course_code,
    course_name,
    start_school_year,
    end_school_year,
    points,
    curriculum,
    language_code,
    is_official,
    specialisation_title,
    _is_entity,
    _load,
    _row
from typed
