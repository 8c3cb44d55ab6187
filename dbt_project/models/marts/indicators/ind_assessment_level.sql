with snapshots as (

    select * from {{ ref('fct_enrolment_snapshot') }}
    where is_counted and school_form_code = 'GR'

),

assessments as (

    select
        *,
        assessment_year + case when term_code = 'HT' then 1 else 0 end as spring_year
    from {{ ref('fct_assessment') }}
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

-- the last word of the school year in each subject
last_levels as (

    select
        person_key,
        spring_year,
        subject_code,
        arg_max(level_code, (assessment_year, assessment_date, school_unit_code)) as level_code
    from assessments
    group by person_key, spring_year, subject_code

),

levels_of_pupils as (

    select
        person_key,
        spring_year,
        count(*) as assessed,
        count(*) filter (where level_code = 'below') as below,
        count(*) filter (where level_code = 'acceptable') as acceptable,
        count(*) filter (where level_code = 'above') as above
    from last_levels
    group by person_key, spring_year

),

pupils as (

    select
        snapshots.school_unit_code,
        snapshots.class_label,
        persons.sex_code,
        units.municipality_code,
        snapshots.school_year as period,
        {{ day_in_year('snapshots.spring_year', '6', '30') }} as period_end_on,
        levels_of_pupils.assessed,
        levels_of_pupils.below,
        levels_of_pupils.acceptable,
        levels_of_pupils.above
    from snapshots
    inner join
        thresholds
        on
            thresholds.threshold_id = 'first_graded_year'
            and {{ holds_on('thresholds', 'snapshots.snapshot_date') }}
            and snapshots.grade_year between 1 and cast(thresholds.value as integer) - 1
    inner join
        levels_of_pupils
        on snapshots.person_key = levels_of_pupils.person_key and snapshots.spring_year = levels_of_pupils.spring_year
    left join persons on snapshots.person_key = persons.person_key
    left join units on snapshots.school_unit_code = units.school_unit_code

),

scoped as (

    {{ scoped_rows('pupils', by_class=true) }}

),

-- for the principal alone: how many have an assessment is how many do not, which is kept back from others
cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(*) as pupils,
        sum(assessed) as assessed,
        sum(below) as below,
        sum(acceptable) as acceptable,
        sum(above) as above
    from scoped
    where level = 'unit'
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-13.LEVEL.BELOW'", 'below', 'assessed', 'pupils', none),
        ("'IND-13.LEVEL.ACCEPTABLE'", 'acceptable', 'assessed', 'pupils', none),
        ("'IND-13.LEVEL.ABOVE'", 'above', 'assessed', 'pupils', none),
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
