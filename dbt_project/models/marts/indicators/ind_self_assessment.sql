with assessments as (

    select * from {{ ref('fct_self_assessment') }}
    where is_latest_round and group_code is not null and area_code is not null

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

-- how many of the group have answered at all is not said, but no fewer than the item that most have answered
areas as (

    select
        assessments.school_unit_code,
        units.municipality_code,
        school_years.school_year as period,
        school_years.end_date as period_end_on,
        'IND-08.' || assessments.tool_code || '.' || assessments.area_code
        || case assessments.tool_code when 'SELFIE' then '.' || assessments.group_code else '' end as indicator_id,
        max(assessments.answers) filter (where assessments.is_counted) as respondents,
        {{ mean_of_area('assessments.score', 'assessments.answers', 'assessments.is_counted') }} as mean_score
    from assessments
    inner join school_years on assessments.school_year = school_years.school_year
    left join units on assessments.school_unit_code = units.school_unit_code
    group by
        assessments.school_unit_code,
        units.municipality_code,
        school_years.school_year,
        school_years.end_date,
        assessments.tool_code,
        assessments.area_code,
        assessments.group_code

),

scopes as (

    select 'unit' as level
    union all
    select 'municipality'

),

-- each unit by its respondents: in LIKA it is one, in SELFIE the group
cells as (

    select
        areas.indicator_id,
        scopes.level,
        case scopes.level when 'unit' then areas.school_unit_code else areas.municipality_code end as entity_code,
        areas.period,
        areas.period_end_on,
        sum(areas.mean_score * cast(areas.respondents as decimal(9, 0))) as score_sum,
        sum(areas.respondents) as respondents
    from areas
    cross join scopes
    where areas.mean_score is not null
    group by
        areas.indicator_id,
        scopes.level,
        case scopes.level when 'unit' then areas.school_unit_code else areas.municipality_code end,
        areas.period,
        areas.period_end_on

)

select
    indicator_id,
    level,
    entity_code,
    'all' as breakdown,
    'all' as breakdown_value,
    period,
    period_end_on,
    cast(cast(score_sum / respondents as decimal(12, 8)) as double) as value,
    cast(respondents as bigint) as n_denominator,
    cast(null as bigint) as n_numerator
from cells
where entity_code is not null
