with final_grades as (

    select * from {{ source('history', 'scb__final_grade_year9') }}

),

year6_grades as (

    select * from {{ source('history', 'scb__grade_year6') }}

),

occasions as (

    select * from {{ ref('ref_grade_occasion') }}

),

grade_values as (

    select * from {{ ref('ref_grade_value') }}

),

languages as (

    select * from {{ ref('ref_language_alias') }}

),

-- one row per pupil and subject instead of one column per subject
all_grades as (

    {{ grades_by_subject('final_grades', year9_subjects(), 'final_grade') }}
    union all
    {{ grades_by_subject('year6_grades', year6_subjects(), 'year6_spring') }}

),

-- the day on which the grade was set decides which scale it is read on
dated as (

    select
        all_grades.*,
        occasions.scale_id,
        {{ day_in_year('all_grades.spring_year', 'occasions.freeze_month', 'occasions.freeze_day') }} as graded_on
    from all_grades
    inner join
        occasions
        on
            all_grades.occasion_code = occasions.occasion_code
            and {{ holds_on(
                'occasions', day_in_year('all_grades.spring_year', 'occasions.freeze_month', 'occasions.freeze_day')
            ) }}
    where all_grades.grade is not null

),

valued as (

    select
        dated.*,
        coalesce(languages.language_code, dated.language_code) as one_language_code,
        grade_values.points,
        coalesce(grade_values.counts_as_subject, false) as has_value,
        coalesce(grade_values.is_passed, false) as has_passed,
        coalesce(grade_values.is_adapted_study_path, false) as is_adapted_study_path
    from dated
    left join
        grade_values
        on
            dated.scale_id = grade_values.scale_id
            and dated.grade = grade_values.grade
            and {{ holds_on('grade_values', 'dated.graded_on') }}
    left join languages on dated.language_code = languages.alias

),

-- Swedish and Swedish as a second language cannot both count: a pair is set aside whole
pairs as (

    select
        *,
        {{ is_conflicting_pair('subject_code', 'has_value') }} as is_conflicting_pair
    from valued

)

select
    person_key,
    school_unit_code,
    spring_year,
    {{ school_year_of_spring('spring_year') }} as school_year,
    occasion_code,
    graded_on,
    class_label,
    subject_code,
    one_language_code as language_code,
    grade,
    case when not is_conflicting_pair then points end as points,
    has_value and not is_conflicting_pair as counts_as_subject,
    has_passed and not is_conflicting_pair as is_passed,
    is_adapted_study_path,
    is_conflicting_pair,
    _load
from pairs
