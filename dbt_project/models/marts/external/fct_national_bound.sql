with measures as (

    select * from {{ ref('fct_external_statistics') }}

),

national_figures as (

    select * from {{ ref('ref_national_figure') }}

),

policy as (

    select 10 as fewest, 4 as most_of_rounded

),

pupils as (

    select
        school_unit_code,
        school_year,
        value
    from measures
    where measure_id = 'pupils'

),

-- what a published cell leaves possible: few pupils are one to nine, ~100 is one to four who are not among them, and a
-- share with one decimal is its rounding wide
units as (

    select
        shares.indicator_id,
        shares.school_year,
        coalesce(pupils.value, policy.fewest - 1) as pupils,
        case
            when pupils.value is null then 0
            when shares.value is not null then (shares.value - 0.05) / 100 * pupils.value
            when shares.mark = '~100' then greatest(pupils.value - policy.most_of_rounded, 0)
            else 0
        end as least,
        case
            when pupils.value is null then policy.fewest - 1
            when shares.value is not null then least((shares.value + 0.05) / 100, 1) * pupils.value
            when shares.mark = '~100' then pupils.value - 1
            else coalesce(pupils.value, policy.fewest - 1)
        end as most,
        shares.value is null as is_hidden
    from measures as shares
    cross join policy
    left join
        pupils
        on shares.school_unit_code = pupils.school_unit_code and shares.school_year = pupils.school_year
    where shares.unit = 'percent' and shares.indicator_id is not null

)

select
    units.indicator_id,
    units.school_year,
    count(*) as units,
    count(*) filter (where units.is_hidden) as units_hidden,
    round(100.0 * sum(cast(units.least as decimal(18, 4))) / sum(cast(units.pupils as decimal(18, 4))), 2) as lowest,
    round(100.0 * sum(cast(units.most as decimal(18, 4))) / sum(cast(units.pupils as decimal(18, 4))), 2) as highest,
    max(national_figures.value) as published
from units
left join
    national_figures
    on units.indicator_id = national_figures.indicator_id and units.school_year = national_figures.school_year
group by units.indicator_id, units.school_year
