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

dated as (

    select
        compared.*,
        {{ day_in_year('compared.spring_year', '6', '30') }} as period_end_on
    from compared

),

pupils as (

    select
        dated.school_unit_code,
        dated.subject_code,
        dated.relation_code,
        dated.steps,
        dated.class_label,
        persons.sex_code,
        units.municipality_code,
        dated.school_year as period,
        dated.period_end_on
    from dated
    inner join
        leaving_years
        on
            dated.grade_year = leaving_years.leaving_grade_year
            and {{ holds_on('leaving_years', 'dated.period_end_on') }}
    left join persons on dated.person_key = persons.person_key
    left join units on dated.school_unit_code = units.school_unit_code
    where dated.subject_code in ('SV', 'EN', 'MA')

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
        subject_code,
        count(*) as pupils,
        count(*) filter (where relation_code = 'higher') as higher,
        count(*) filter (where relation_code = 'equal') as equal,
        count(*) filter (where relation_code = 'lower') as lower,
        sum(steps) as steps
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on, subject_code

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-05.' || subject_code || '.HIGHER'", 'higher', 'pupils', 'pupils', 'higher'),
        ("'IND-05.' || subject_code || '.EQUAL'", 'equal', 'pupils', 'pupils', 'equal'),
        ("'IND-05.' || subject_code || '.LOWER'", 'lower', 'pupils', 'pupils', 'lower'),
        ("'IND-05.' || subject_code || '.NET'", 'higher - lower', 'pupils', 'pupils', none),
        ("'IND-05.' || subject_code || '.STEPS'", 'steps', 'pupils', 'pupils', none),
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
