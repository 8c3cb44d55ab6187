with pupils as (

    select * from {{ source('history', 'enkat__pupil_answer') }}

),

guardians as (

    select * from {{ source('history', 'enkat__guardian_answer') }}

),

answers as (

    select * from {{ ref('ref_survey_answer') }}

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

)

-- the words decide, not the number beside them: an answer that the scale does not have counts nowhere
select
    everyone.respondent_kind,
    everyone.survey_year,
    everyone.school_unit_code,
    everyone.respondent_number,
    everyone.question_number,
    everyone.grade_year,
    everyone.index_name,
    everyone.answer_code,
    answers.answer_value,
    answers.answer_code is not null as is_answered,
    coalesce(answers.counts_in_index, false) as counts_in_index,
    coalesce(answers.is_positive, false) as is_positive,
    everyone.invited,
    everyone._load
from everyone
left join answers on everyone.answer_code = answers.answer_code
