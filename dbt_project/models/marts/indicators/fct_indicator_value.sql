with indicators as (

    select * from {{ ref('ref_indicator') }}

),

cycles as (

    select * from {{ ref('ref_publication_cycle') }}

),

cells as (

    select * from {{ ref('ind_leaving') }}
    union all
    select * from {{ ref('ind_year6') }}
    union all
    select * from {{ ref('ind_attendance') }}
    union all
    select * from {{ ref('ind_attendance_term') }}
    union all
    select * from {{ ref('ind_absence_pattern') }}
    union all
    select * from {{ ref('ind_test_vs_grade') }}
    union all
    select * from {{ ref('ind_test_year3') }}
    union all
    select * from {{ ref('ind_survey') }}
    union all
    select * from {{ ref('ind_staff') }}
    union all
    select * from {{ ref('ind_followup') }}
    union all
    select * from {{ ref('ind_assessment_level') }}
    union all
    select * from {{ ref('ind_support') }}
    union all
    select * from {{ ref('ind_expected') }}
    union all
    select * from {{ ref('ind_socioeconomic') }}
    union all
    select * from {{ ref('ind_diploma') }}
    union all
    select * from {{ ref('ind_gy_throughput') }}
    union all
    select * from {{ ref('ind_self_assessment') }}

),

-- each period by the version of the definition that it has
registered as (

    select
        cells.*,
        indicators.family
    from cells
    inner join
        indicators
        on cells.indicator_id = indicators.indicator_id and {{ holds_on('indicators', 'cells.period_end_on') }}

),

-- every group of a family that could exist where the family has any pupil, so that an empty group is seen as empty
places as (

    -- distinct: one row per place, whatever number of indicators it has
    select distinct
        family,
        level,
        entity_code,
        period,
        period_end_on
    from registered
    where breakdown = 'all' and n_denominator > 0

),

groups as (

    select 'all' as breakdown, 'all' as breakdown_value
    union all
    select 'sex', 'K'
    union all
    select 'sex', 'M'

),

-- girls and boys everywhere, and the classes, kinds of principal and homes that there were
places_by_group as (

    select
        places.*,
        groups.breakdown,
        groups.breakdown_value
    from places
    cross join groups
    union all
    -- distinct: one row per group, whatever number of indicators it has
    select distinct
        family,
        level,
        entity_code,
        period,
        period_end_on,
        breakdown,
        breakdown_value
    from registered
    where breakdown in ('class', 'principal', 'home')

),

grid as (

    select
        places.*,
        indicators.indicator_id,
        indicators.version as indicator_version,
        indicators.kind,
        indicators.unit
    from places_by_group as places
    inner join
        indicators
        on
            places.family = indicators.family
            and {{ holds_on('indicators', 'places.period_end_on') }}
            and indicators.levels like '%' || places.level || '%'
            and (places.breakdown = 'all' or indicators.breakdowns like '%' || places.breakdown || '%')

)

select
    grid.indicator_id,
    cast(grid.indicator_version as bigint) as indicator_version,
    grid.family,
    grid.level,
    grid.entity_code,
    grid.breakdown,
    grid.breakdown_value,
    grid.period,
    cast(grid.period_end_on + cycles.closes_days_after_period_end * interval 1 day as date) as period_closed_on,
    registered.value,
    coalesce(registered.n_denominator, 0) as n_denominator,
    registered.n_numerator,
    registered.indicator_id is not null as is_computed,
    grid.kind in ('share', 'rate') as is_share,
    grid.kind in ('mean', 'ratio') as is_mean
from grid
left join cycles on grid.family = cycles.family and {{ holds_on('cycles', 'grid.period_end_on') }}
left join
    registered
    on
        grid.indicator_id = registered.indicator_id
        and grid.level = registered.level
        and grid.entity_code = registered.entity_code
        and grid.breakdown_value = registered.breakdown_value
        and grid.period = registered.period
