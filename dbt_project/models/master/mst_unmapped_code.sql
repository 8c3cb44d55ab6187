-- Codes that the reference lists do not know. This table should be empty; each row is work for its owner.
with final_grades as (

    select * from {{ source('history', 'scb__final_grade_year9') }}

),

year6_grades as (

    select * from {{ source('history', 'scb__grade_year6') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

grade_values as (

    select * from {{ ref('ref_grade_value') }}

),

upper_secondary_values as (

    select * from {{ ref('ref_grade_value') }}
    where scale_id = 'GY'

),

assessments as (

    select * from {{ source('history', 'bedomning__written_assessment') }}

),

pupil_answers as (

    select * from {{ source('history', 'enkat__pupil_answer') }}

),

guardian_answers as (

    select * from {{ source('history', 'enkat__guardian_answer') }}

),

lika_answers as (

    select * from {{ source('history', 'sjalvskattning__lika_answer') }}

),

selfie_averages as (

    select * from {{ source('history', 'sjalvskattning__selfie_average') }}

),

self_assessment_areas as (

    select * from {{ ref('ref_self_assessment_area') }}

),

self_assessment_groups as (

    select * from {{ ref('ref_self_assessment_group') }}

),

support_decisions as (

    select * from {{ source('history', 'elevstod__support_decision') }}

),

support_types as (

    select * from {{ ref('ref_support_type') }}

),

assessment_levels as (

    select * from {{ ref('ref_assessment_level') }}

),

survey_answers as (

    select * from {{ ref('ref_survey_answer') }}

),

upper_secondary_grades as (

    select * from {{ source('history', 'gymnasiebetyg__course_grade') }}

),

certificates as (

    select * from {{ source('history', 'gymnasiebetyg__final_certificate') }}

),

certificate_kinds as (

    select * from {{ ref('ref_gy_certificate') }}

),

programmes as (

    select * from {{ ref('ref_programme') }}

),

municipalities as (

    select * from {{ ref('ref_municipality') }}

),

all_grades as (

    {{ grades_by_subject('final_grades', year9_subjects(), 'final_grade') }}
    union all
    {{ grades_by_subject('year6_grades', year6_subjects(), 'year6_spring') }}

),

unknown_grades as (

    select
        'scb' as system,
        case occasion_code when 'final_grade' then 'final_grade_year9' else 'grade_year6' end as dataset,
        'grade_' || lower(subject_code) as column_name,
        grade as code
    from all_grades
    where grade is not null and grade not in (select grade_values.grade from grade_values)

),

unknown_school_forms as (

    select
        'ss12000' as system,
        'enrolment' as dataset,
        'school_type' as column_name,
        school_type as code
    from enrolments
    where school_form_code is null

),

unknown_home_municipalities as (

    select
        'ss12000' as system,
        'person' as dataset,
        'home_municipality_code' as column_name,
        home_municipality_code as code
    from persons
    where
        home_municipality_code is not null
        and home_municipality_code not in (select municipalities.municipality_code from municipalities)

),

unknown_unit_municipalities as (

    select
        'ss12000' as system,
        'organisation' as dataset,
        'municipality_code' as column_name,
        municipality_code as code
    from organisations
    where
        municipality_code is not null
        and municipality_code not in (select municipalities.municipality_code from municipalities)

),

unknown_programmes as (

    select
        'ss12000' as system,
        'enrolment' as dataset,
        'education_code' as column_name,
        education_code as code
    from enrolments
    where
        school_form_code = 'GY'
        and education_code is not null
        and {{ programme_of('education_code') }} not in (select programmes.programme_code from programmes)

),

unknown_assessment_levels as (

    select
        'bedomning' as system,
        'written_assessment' as dataset,
        'assessment_level' as column_name,
        assessment_level as code
    from assessments
    where
        assessment_level is not null
        and assessment_level not in (select assessment_levels.local_level from assessment_levels)

),

unknown_support_types as (

    select
        'elevstod' as system,
        'support_decision' as dataset,
        'support_type' as column_name,
        support_type as code
    from support_decisions
    where
        support_type is not null
        and lower(support_type) not in (select lower(support_types.local_type) from support_types)

),

unknown_survey_answers as (

    select
        'enkat' as system,
        dataset,
        'answer_code' as column_name,
        answer_code as code
    from (
        select 'pupil_answer' as dataset, answer_code from pupil_answers
        union all
        select 'guardian_answer', answer_code from guardian_answers
    ) as answers
    where
        answer_code is not null
        and answer_code not in (select survey_answers.answer_code from survey_answers)

),

unknown_self_assessment_areas as (

    select
        'sjalvskattning' as system,
        dataset,
        'area_name' as column_name,
        area_name as code
    from (
        select
            'lika_answer' as dataset,
            'LIKA' as tool_code,
            area_name
        from lika_answers
        union all
        select 'selfie_average', 'SELFIE', area_name from selfie_averages
    ) as areas
    where (tool_code, lower(area_name)) not in (
        select (self_assessment_areas.tool_code, lower(self_assessment_areas.area_name)) from self_assessment_areas
    )

),

unknown_self_assessment_groups as (

    select
        'sjalvskattning' as system,
        'selfie_average' as dataset,
        'respondent_group' as column_name,
        respondent_group as code
    from selfie_averages
    where lower(respondent_group) not in (
        select lower(self_assessment_groups.group_name) from self_assessment_groups
        where self_assessment_groups.tool_code = 'SELFIE'
    )

),

unknown_upper_secondary_grades as (

    select
        'gymnasiebetyg' as system,
        'course_grade' as dataset,
        'grade' as column_name,
        grade as code
    from upper_secondary_grades
    where
        grade is not null
        and grade not in (select upper_secondary_values.grade from upper_secondary_values)

),

unknown_certificates as (

    select
        'gymnasiebetyg' as system,
        'final_certificate' as dataset,
        'certificate_code' as column_name,
        certificate_code as code
    from certificates
    where certificate_code not in (select certificate_kinds.certificate_code from certificate_kinds)

),

unmapped as (

    select * from unknown_programmes
    union all
    select * from unknown_upper_secondary_grades
    union all
    select * from unknown_certificates
    union all
    select * from unknown_assessment_levels
    union all
    select * from unknown_support_types
    union all
    select * from unknown_survey_answers
    union all
    select * from unknown_self_assessment_areas
    union all
    select * from unknown_self_assessment_groups
    union all
    select * from unknown_grades
    union all
    select * from unknown_school_forms
    union all
    select * from unknown_home_municipalities
    union all
    select * from unknown_unit_municipalities

)

select
    system,
    dataset,
    column_name,
    code,
    count(*) as row_count,
    'Samordnaren för skoladministration' as owner
from unmapped
group by system, dataset, column_name, code
