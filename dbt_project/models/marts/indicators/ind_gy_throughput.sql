with cohorts as (

    select * from {{ ref('fct_gy_cohort') }}
    where is_first_national_start

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

measured as (

    select
        person_key,
        school_unit_code,
        programme_kind,
        sex_code,
        home_municipality_code,
        '3' as years,
        has_diploma_in_3_years as has_diploma,
        ends_on_3_years as period_end_on
    from cohorts
    union all
    select
        person_key,
        school_unit_code,
        programme_kind,
        sex_code,
        home_municipality_code,
        '4',
        has_diploma_in_4_years,
        ends_on_4_years
    from cohorts

),

-- where the pupil began; the period is the school year in which the time was over
pupils as (

    select
        measured.*,
        units.municipality_code,
        units.principal_type,
        {{ home_group('measured.home_municipality_code', 'units.municipality_code') }} as home_group,
        {{ school_year_of_spring('year(measured.period_end_on)') }} as period
    from measured
    left join units on measured.school_unit_code = units.school_unit_code
    where measured.has_diploma is not null

),

-- four years only for the municipality: beside three years of the same unit the few who came later would be seen
scoped as (

    select *
    from (

        {{ scoped_rows('pupils', of_whole={'principal': 'principal_type', 'home': 'home_group'}) }}

    ) as every_scope
    where level = 'municipality' or years = '3'

),

cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        years,
        count(*) as pupils,
        count(*) filter (where has_diploma) as diplomas,
        count(*) filter (where programme_kind = 'preparatory') as preparatory,
        count(*) filter (where programme_kind = 'preparatory' and has_diploma) as preparatory_diplomas,
        count(*) filter (where programme_kind = 'vocational') as vocational,
        count(*) filter (where programme_kind = 'vocational' and has_diploma) as vocational_diplomas
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on, years

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-06.TIME' || years", 'diplomas', 'pupils', 'pupils', 'diplomas'),
        ("'IND-06.TIME' || years || '.PREP'", 'preparatory_diplomas', 'preparatory', 'preparatory',
            'preparatory_diplomas'),
        ("'IND-06.TIME' || years || '.VOC'", 'vocational_diplomas', 'vocational', 'vocational',
            'vocational_diplomas'),
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
