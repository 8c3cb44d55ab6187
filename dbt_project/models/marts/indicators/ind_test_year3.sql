with parts as (

    select
        *,
        case when subject_code in ('SV', 'SVA') then 'SV' else subject_code end as test_code
    from {{ ref('fct_national_test') }}
    where result_kind = 'passed'

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

-- the test of a pupil in a spring, at each unit; parts that the year's test does not have are in no file
tests as (

    select
        person_key,
        spring_year,
        test_code,
        school_unit_code,
        bool_and(missing_reason is null) as has_all_parts,
        row_number() over (
            partition by person_key, spring_year, test_code order by max(_load) desc, school_unit_code asc
        ) as nth
    from parts
    group by person_key, spring_year, test_code, school_unit_code

),

pupils as (

    select
        parts.school_unit_code,
        parts.test_code,
        parts.part,
        parts.result_code = '1' as is_passed,
        persons.sex_code,
        units.municipality_code,
        parts.school_year as period,
        {{ day_in_year('parts.spring_year', '6', '30') }} as period_end_on
    from parts
    inner join
        tests
        on
            parts.person_key = tests.person_key
            and parts.spring_year = tests.spring_year
            and parts.test_code = tests.test_code
            and parts.school_unit_code = tests.school_unit_code
    left join persons on parts.person_key = persons.person_key
    left join units on parts.school_unit_code = units.school_unit_code
    where
        tests.nth = 1
        and tests.has_all_parts
        and not {{ is_in_adapted_school(
            'enrolments', 'parts.person_key', day_in_year('parts.spring_year', '6', '10')
        ) }}

),

scoped as (

    {{ scoped_rows('pupils') }}

),

cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        test_code,
        part,
        count(*) as pupils,
        count(*) filter (where is_passed) as passed
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on, test_code, part

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-05.Y3.' || test_code || '.' || part", 'passed', 'pupils', 'pupils', 'passed'),
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
