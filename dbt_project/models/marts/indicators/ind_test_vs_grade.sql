with compared as (

    select * from {{ ref('fct_test_vs_grade') }}
    where is_compared

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

leaving_years as (

    select * from {{ ref('ref_leaving_year') }}
    where school_form_code = 'GR'

),

subjects as (

    select * from {{ ref('ref_subject') }}

),

-- in the leaving year a pupil has one test in science and one in social studies, whichever subject the school was given
measured as (

    select
        compared.*,
        {{ day_in_year('compared.spring_year', '6', '30') }} as period_end_on,
        case
            when compared.grade_year = 6 and compared.subject_code in ('SV', 'EN', 'MA')
                then 'Y6.' || compared.subject_code
            when leaving_years.leaving_grade_year is null then null
            when compared.subject_code in ('SV', 'EN', 'MA') then compared.subject_code
            when subjects.subject_area in ('NO', 'SO') then subjects.subject_area
        end as measure_code
    from compared
    left join
        leaving_years
        on
            compared.grade_year = leaving_years.leaving_grade_year
            and {{ holds_on('leaving_years', day_in_year('compared.spring_year', '6', '30')) }}
    left join subjects on compared.subject_code = subjects.subject_code

),

-- a pupil in two units' files may have tests in two subjects of science; one of them counts, always the same
single as (

    select
        *,
        row_number() over (partition by person_key, spring_year, measure_code order by subject_code) as nth
    from measured
    where measure_code is not null

),

pupils as (

    select
        single.school_unit_code,
        single.measure_code,
        single.relation_code,
        single.steps,
        single.class_label,
        persons.sex_code,
        units.municipality_code,
        single.school_year as period,
        single.period_end_on
    from single
    left join persons on single.person_key = persons.person_key
    left join units on single.school_unit_code = units.school_unit_code
    where single.nth = 1

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
        measure_code,
        count(*) as pupils,
        count(*) filter (where relation_code = 'higher') as higher,
        count(*) filter (where relation_code = 'equal') as equal,
        count(*) filter (where relation_code = 'lower') as lower,
        sum(steps) as steps
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on, measure_code

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-05.' || measure_code || '.HIGHER'", 'higher', 'pupils', 'pupils', 'higher'),
        ("'IND-05.' || measure_code || '.EQUAL'", 'equal', 'pupils', 'pupils', 'equal'),
        ("'IND-05.' || measure_code || '.LOWER'", 'lower', 'pupils', 'pupils', 'lower'),
        ("'IND-05.' || measure_code || '.NET'", 'higher - lower', 'pupils', 'pupils', none),
        ("'IND-05.' || measure_code || '.STEPS'", 'steps', 'pupils', 'pupils', none),
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
