with snapshots as (

    select * from {{ ref('fct_enrolment_snapshot') }}
    where is_counted

),

mobility as (

    select * from {{ ref('fct_mobility') }}
    where is_counted

),

assessments as (

    select * from {{ ref('fct_assessment') }}
    where is_assessed

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

thresholds as (

    select * from {{ ref('ref_threshold') }}

),

school_years as (

    select distinct
        school_year,
        spring_year
    from snapshots

),

-- a move is one of the unit that the pupil leaves and of the unit where the pupil begins
moves as (

    select
        person_key,
        from_school_unit_code as school_unit_code,
        school_year
    from mobility
    where from_school_unit_code is not null
    union all
    select
        person_key,
        to_school_unit_code,
        school_year
    from mobility
    where to_school_unit_code is not null

),

assessed as (

    select distinct
        person_key,
        assessment_year + case when term_code = 'HT' then 1 else 0 end as spring_year
    from assessments

),

flagged as (

    select
        snapshots.person_key,
        snapshots.school_unit_code,
        snapshots.school_year,
        true as is_pupil,
        false as has_moved,
        snapshots.school_form_code = 'GR'
        and snapshots.grade_year between 1 and cast(thresholds.value as integer) - 1 as is_ungraded,
        assessed.person_key is not null as is_assessed
    from snapshots
    inner join
        thresholds
        on
            thresholds.threshold_id = 'first_graded_year'
            and {{ holds_on('thresholds', 'snapshots.snapshot_date') }}
    left join
        assessed
        on snapshots.person_key = assessed.person_key and snapshots.spring_year = assessed.spring_year
    union all
    select
        person_key,
        school_unit_code,
        school_year,
        false,
        true,
        false,
        false
    from moves

),

pupils as (

    select
        flagged.*,
        persons.sex_code,
        units.municipality_code,
        flagged.school_year as period,
        {{ day_in_year('school_years.spring_year', '6', '30') }} as period_end_on
    from flagged
    inner join school_years on flagged.school_year = school_years.school_year
    left join persons on flagged.person_key = persons.person_key
    left join units on flagged.school_unit_code = units.school_unit_code

),

scoped as (

    {{ scoped_rows('pupils') }}

),

-- who moves within the municipality is one pupil of it, hence the distinct
cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(distinct case when is_pupil then person_key end) as pupils,
        count(distinct case when has_moved then person_key end) as moved,
        count(distinct case when is_ungraded then person_key end) as ungraded,
        count(distinct case when is_ungraded and is_assessed then person_key end) as assessed
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-13.IUP'", 'assessed', 'ungraded', 'ungraded', 'assessed'),
        ("'IND-13.MOBILITY'", 'moved', 'pupils', 'pupils', 'moved'),
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
