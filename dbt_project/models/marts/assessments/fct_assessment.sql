with assessments as (

    select * from {{ source('history', 'bedomning__written_assessment') }}

),

levels as (

    select * from {{ ref('ref_assessment_level') }}

)

select
    assessments.person_key,
    assessments.school_unit_code,
    assessments.subject_code,
    cast(assessments.assessment_year as bigint) as assessment_year,
    assessments.term_code,
    assessments.grade_year,
    {{ canonical_class('assessments.class_label') }} as class_label,
    levels.level_code,
    coalesce(levels.level_code in ('acceptable', 'above'), false) as is_acceptable,
    levels.level_code is not null and levels.level_code <> 'not_assessed' as is_assessed,
    assessments.assessment_date,
    assessments._load
from assessments
left join levels on assessments.assessment_level = levels.local_level
