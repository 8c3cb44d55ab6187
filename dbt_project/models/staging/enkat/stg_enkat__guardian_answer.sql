with answers as (

    select * from {{ source('enkat', 'guardian_answer') }}

),

-- type and clean each column
typed as (

    select
        {{ as_integer('survey_year') }} as survey_year,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('respondent_number') }} as respondent_number,
        {{ as_text('question_number') }} as question_number,
        {{ as_integer('grade_year') }} as grade_year,
        {{ as_integer('invited') }} as invited,
        {{ as_date('answer_date') }} as answer_date,
        {{ as_text('index_name') }} as index_name,
        {{ as_text('answer_code') }} as answer_code,
        {{ as_decimal_comma('answer_value') }} as answer_value,
        _load,
        _row
    from answers

)

select
    survey_year,
    school_unit_code,
    respondent_number,
    question_number,
    grade_year,
    invited,
    answer_date,
    index_name,
    answer_code,
    answer_value,
    _load,
    _row
from typed
