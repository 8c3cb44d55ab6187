with tests as (

    select * from {{ ref('fct_national_test') }}
    where part = 'total'

),

grades as (

    select * from {{ ref('fct_grade') }}
    where occasion_code in ('final_grade', 'year6_spring')

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

-- the grade of the same pupil, subject and spring; of several the one at the unit where the test was written
compared as (

    select
        tests.person_key,
        tests.spring_year,
        tests.school_year,
        tests.grade_year,
        tests.subject_code,
        tests.school_unit_code as test_school_unit_code,
        tests.result_code as test_grade,
        tests.points as test_points,
        grades.school_unit_code as grade_school_unit_code,
        grades.class_label,
        grades.grade,
        grades.points as grade_points,
        grades.graded_on,
        coalesce(grades.counts_as_subject, false) as is_graded,
        greatest(tests._load, grades._load) as _load,
        row_number() over (
            partition by tests.person_key, tests.spring_year, tests.grade_year, tests.subject_code
            order by
                coalesce(tests.school_unit_code = grades.school_unit_code, false) desc,
                tests.points is not null desc,
                tests._load desc,
                tests.school_unit_code asc,
                grades.school_unit_code asc
        ) as nth
    from tests
    left join
        grades
        on
            tests.person_key = grades.person_key
            and tests.spring_year = grades.spring_year
            and tests.subject_code = grades.subject_code
            and grades.occasion_code
            = case tests.grade_year when 6 then 'year6_spring' when 9 then 'final_grade' end
    where tests.grade_year in (6, 9)

),

-- why a pupil is not compared: one reason each, the first that applies
judged as (

    select
        compared.*,
        case
            when compared.test_points is null then 'no_test_grade'
            when not compared.is_graded then 'no_grade'
            when compared.grade = '-' then 'no_basis_for_grade'
            when {{ has_moved_between('compared.test_school_unit_code', 'compared.grade_school_unit_code') }}
                then 'moved'
            when {{ is_in_adapted_school('enrolments', 'compared.person_key', 'compared.graded_on') }}
                then 'adapted_school'
        end as excluded_reason
    from compared
    where compared.nth = 1

)

select
    person_key,
    spring_year,
    school_year,
    grade_year,
    subject_code,
    coalesce(grade_school_unit_code, test_school_unit_code) as school_unit_code,
    class_label,
    test_grade,
    grade,
    excluded_reason,
    excluded_reason is null as is_compared,
    case when excluded_reason is null then (grade_points - test_points) / 2.5 end as steps,
    case when excluded_reason is null then {{ relation_to_test('grade_points', 'test_points') }} end as relation_code,
    _load
from judged
