with grades as (

    select * from {{ ref('fct_grade') }}
    where occasion_code = 'year6_spring' and counts_as_subject

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

-- a pupil with a grade in the same subject from two units counts once, by the later file
graded as (

    select
        *,
        row_number() over (
            partition by person_key, spring_year, subject_code order by _load desc, school_unit_code asc
        ) as nth
    from grades
    where subject_code in ('SV', 'EN', 'MA')

),

pupils as (

    select
        graded.school_unit_code,
        graded.subject_code,
        graded.is_passed,
        graded.class_label,
        persons.sex_code,
        units.municipality_code,
        graded.school_year as period,
        {{ day_in_year('graded.spring_year', '6', '30') }} as period_end_on
    from graded
    left join persons on graded.person_key = persons.person_key
    left join units on graded.school_unit_code = units.school_unit_code
    where graded.nth = 1 and not {{ is_in_adapted_school('enrolments', 'graded.person_key', 'graded.graded_on') }}

),

scoped as (

    {{ scoped_rows('pupils', by_class=true) }}

),

cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(*) filter (where subject_code = 'SV') as pupils_sv,
        count(*) filter (where subject_code = 'EN') as pupils_en,
        count(*) filter (where subject_code = 'MA') as pupils_ma,
        count(*) filter (where subject_code = 'SV' and is_passed) as passed_sv,
        count(*) filter (where subject_code = 'EN' and is_passed) as passed_en,
        count(*) filter (where subject_code = 'MA' and is_passed) as passed_ma
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-14.SV'", 'passed_sv', 'pupils_sv', 'pupils_sv', 'passed_sv'),
        ("'IND-14.EN'", 'passed_en', 'pupils_en', 'pupils_en', 'passed_en'),
        ("'IND-14.MA'", 'passed_ma', 'pupils_ma', 'pupils_ma', 'passed_ma'),
    ]) }}

)

select
    indicator_id,
    level,
    entity_code,
    breakdown,
    breakdown_value,
    period,
    period_end_on,
    value,
    n_denominator,
    n_numerator
from long
