-- sums of decimals are the same in whatever order they are made
with indexed as (

    select
        school_unit_code,
        school_year,
        budget_year,
        counted_on,
        pupils,
        cast(socioeconomic_index as decimal(9, 2)) * cast(pupils as decimal(9, 0)) as need
    from {{ ref('fct_socioeconomic_index') }}
    where socioeconomic_index is not null and pupils > 0

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

allocations as (

    select * from {{ ref('ref_structural_allocation') }}

),

-- what a unit gets of each krona: its index times its pupils, of the sum of all units'
shared as (

    select
        indexed.*,
        units.municipality_code,
        allocations.amount,
        sum(indexed.need) over (partition by indexed.budget_year) as need_of_all
    from indexed
    inner join units on indexed.school_unit_code = units.school_unit_code
    left join allocations on indexed.budget_year = allocations.budget_year

),

scopes as (

    select 'unit' as level
    union all
    select 'municipality'

),

cells as (

    select
        scopes.level,
        case scopes.level when 'unit' then shared.school_unit_code else shared.municipality_code end as entity_code,
        'all' as breakdown,
        'all' as breakdown_value,
        shared.school_year as period,
        shared.counted_on as period_end_on,
        sum(shared.pupils) as pupils,
        sum(shared.need) as need,
        max(shared.need_of_all) as need_of_all,
        max(shared.amount) as amount
    from shared
    cross join scopes
    group by
        scopes.level,
        case scopes.level when 'unit' then shared.school_unit_code else shared.municipality_code end,
        shared.school_year,
        shared.counted_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-12.INDEX'", 'need', 'pupils', 'pupils', none),
        ("'IND-12.SHARE'", 'need', 'need_of_all', 'pupils', none),
        ("'IND-12.SUM'", 'amount * cast(need as double)', 'need_of_all', 'pupils', none),
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
where value is not null
