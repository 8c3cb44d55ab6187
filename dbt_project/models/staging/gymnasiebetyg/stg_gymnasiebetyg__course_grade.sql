with grades as (

    select * from {{ source('gymnasiebetyg', 'course_grade') }}

),

-- type and clean each column; a course has no level of its own, and 0 can be part of a key
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_integer('spring_year') }} as spring_year,
        _person_key as person_key,
        _is_protected,
        {{ as_code('education_code') }} as education_code,
        {{ as_code('grade_kind') }} as grade_kind,
        {{ as_text('code') }} as code,
        coalesce({{ as_integer('level') }}, 0) as level,
        {{ as_integer('credits') }} as credits,
        {{ as_text('category') }} as category,
        {{ canonical_grade('grade') }} as grade,
        {{ as_date('grade_date') }} as grade_date,
        _load,
        _row
    from grades

)

select
    school_unit_code,
    spring_year,
    person_key,
    _is_protected,
    education_code,
    grade_kind,
    code,
    level,
    credits,
    category,
    grade,
    grade_date,
    _load,
    _row
from typed
