with certificates as (

    select * from {{ ref('fct_diploma') }}
    where is_counted

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

pupils as (

    select
        certificates.*,
        units.municipality_code,
        certificates.school_year as period,
        {{ day_in_year('certificates.spring_year', '6', '30') }} as period_end_on
    from certificates
    left join units on certificates.school_unit_code = units.school_unit_code

),

scoped as (

    {{ scoped_rows('pupils') }}

),

-- decimals, so that the sum of grade points is the same in whatever order it is made
cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(*) as leavers,
        count(*) filter (where is_diploma) as diplomas,
        count(grade_points) as averaged,
        sum(cast(grade_points as decimal(12, 8))) as grade_points
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-06.POINTS'", 'grade_points', 'averaged', 'averaged', none),
        ("'IND-06.DIPLOMA'", 'diplomas', 'leavers', 'leavers', 'diplomas'),
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
