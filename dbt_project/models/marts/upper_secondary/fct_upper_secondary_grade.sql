with grades as (

    select * from {{ source('history', 'gymnasiebetyg__course_grade') }}

),

grade_values as (

    select * from {{ ref('ref_grade_value') }}
    where scale_id = 'GY'

),

subjects as (

    select * from {{ ref('ref_gy_subject') }}

),

kinds as (

    select
        *,
        case grade_kind when 'KURS' then 'course' when 'ÄMNE' then 'subject' end as kind
    from grades

),

-- courses by the first letters of their code and subjects by their own code are the same subject
valued as (

    select
        kinds.person_key,
        kinds.school_unit_code,
        kinds.spring_year,
        kinds.education_code,
        kinds.kind as grade_kind,
        kinds.code,
        coalesce(nullif(kinds.level, 0), {{ number_of_course("kinds.code") }}, 0) as level,
        coalesce(subjects.subject_code, substr(kinds.code, 1, case kinds.kind when 'course' then 3 else 20 end))
            as subject_code,
        kinds.category,
        kinds.credits,
        kinds.grade,
        grade_values.points,
        coalesce(grade_values.counts_as_subject, false) and kinds.credits is not null as is_graded,
        coalesce(grade_values.is_passed, false) and kinds.credits is not null as is_passed,
        {{ is_diploma_project('kinds.category') }} as is_diploma_project,
        kinds.grade_date as graded_on,
        kinds._load
    from kinds
    left join
        grade_values
        on kinds.grade = grade_values.grade and {{ holds_on('grade_values', 'kinds.grade_date') }}
    left join
        subjects
        on
            kinds.kind = subjects.grade_kind
            and subjects.code = case kinds.kind when 'course' then substr(kinds.code, 1, 3) else kinds.code end
            and {{ holds_on('subjects', 'kinds.grade_date') }}
    where kinds.kind is not null

),

counted as (

    {{ counted_grades('valued', 'person_key') }}

)

select
    person_key,
    school_unit_code,
    spring_year,
    {{ school_year_of_spring('spring_year') }} as school_year,
    education_code,
    grade_kind,
    code,
    level,
    subject_code,
    category,
    credits,
    grade,
    points,
    is_graded,
    is_passed,
    is_diploma_project,
    graded_on,
    is_counted,
    counted_grade,
    counted_points,
    is_counted_passed,
    _load
from counted
