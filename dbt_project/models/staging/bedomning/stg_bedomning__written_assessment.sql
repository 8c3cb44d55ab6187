with assessments as (

    select * from {{ source('bedomning', 'written_assessment') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_integer('assessment_year') }} as assessment_year,
        {{ as_code('term_code') }} as term_code,
        {{ as_code('subject_code') }} as subject_code,
        _person_key as person_key,
        _is_protected,
        {{ canonical_class('class_label') }} as class_label,
        {{ as_integer('grade_year') }} as grade_year,
        {{ as_text('assessment_level') }} as assessment_level,
        {{ as_date('assessment_date') }} as assessment_date,
        _load,
        _row
    from assessments

)

select
    school_unit_code,
    assessment_year,
    term_code,
    subject_code,
    person_key,
    _is_protected,
    class_label,
    grade_year,
    assessment_level,
    assessment_date,
    _load,
    _row
from typed
