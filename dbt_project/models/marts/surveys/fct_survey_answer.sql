with pupils as (

    select * from {{ source('history', 'enkat__pupil_answer') }}

),

guardians as (

    select * from {{ source('history', 'enkat__guardian_answer') }}

),

answers as (

    select * from {{ ref('ref_survey_answer') }}

),

-- turned round, an answer is as far from the other end of the scale
scale as (

    select max(answer_value) + min(answer_value) as both_ends
    from answers

),

reversed_questions as (

    select * from {{ ref('ref_survey_reversed') }}

),

everyone as (

    {% for kind, relation in [('pupil', 'pupils'), ('guardian', 'guardians')] %}
    select
        '{{ kind }}' as respondent_kind,
        survey_year,
        school_unit_code,
        respondent_number,
        question_number,
        grade_year,
        index_name,
        answer_code,
        invited,
        _load
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- the words decide, not the number beside them: an answer that the scale does not have counts nowhere
valued as (

    select
        everyone.*,
        answers.answer_value,
        answers.answer_code is not null as is_answered,
        coalesce(answers.counts_in_index, false) as counts_in_index,
        coalesce(answers.is_positive, false) as is_positive,
        reversed_questions.question_number is not null as is_reversed
    from everyone
    left join answers on everyone.answer_code = answers.answer_code
    left join
        reversed_questions
        on
            everyone.respondent_kind = reversed_questions.respondent_kind
            and everyone.survey_year = reversed_questions.survey_year
            and everyone.question_number = reversed_questions.question_number

)

select
    valued.respondent_kind,
    valued.survey_year,
    valued.school_unit_code,
    valued.respondent_number,
    valued.question_number,
    valued.grade_year,
    valued.index_name,
    valued.answer_code,
    case when valued.is_reversed then scale.both_ends - valued.answer_value else valued.answer_value end
        as answer_value,
    valued.is_answered,
    valued.counts_in_index,
    case when valued.is_reversed then valued.counts_in_index and not valued.is_positive else valued.is_positive end
        as is_positive,
    valued.is_reversed,
    valued.invited,
    valued._load
from valued
cross join scale
