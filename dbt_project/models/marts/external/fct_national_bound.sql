with recursive cells as (

    select * from {{ ref('fct_external_statistics') }}

),

national_figures as (

    select * from {{ ref('ref_national_figure') }}

),

-- what a mark says: two dots are few pupils, ~100 some who are not among the share
marks as (

    select
        max(basis_to) filter (where mark = '..') as few,
        max(outside_from) filter (where mark = '~100') as outside_from,
        max(outside_to) filter (where mark = '~100') as outside_to
    from {{ ref('ref_official_mark') }}
    where publisher = 'Skolverket'

),

-- an average of those who have passed something lies between one lowest grade and the best in every subject
averages as (

    select
        min(grades.points) as least,
        max(grades.points) * (max(rules.best_subjects) + 1) as most
    from {{ ref('ref_grade_value') }} as grades
    cross join {{ ref('ref_merit_rule') }} as rules
    where grades.scale_id = 'A-F' and grades.is_passed

),

units as (

    select
        cells.school_unit_code,
        cells.school_year,
        cast(coalesce(max(cells.value) filter (where cells.measure_id = 'pupils'), max(marks.few)) as integer)
            as pupils,
        coalesce(bool_or(cells.unit = 'percent' and (cells.value is not null or cells.mark = '~100')), false)
            as is_shown
    from cells
    cross join marks
    group by cells.school_unit_code, cells.school_year

),

-- the printed number of pupils has those of other systems of grades too: the weight is any number up to it, and more
-- than a few where a share is shown
weights as (

    select
        units.*,
        cast(unnest(range(if(units.is_shown, marks.few + 1, 0), units.pupils + 1)) as integer) as weight
    from units
    cross join marks

),

compared as (

    select
        school_unit_code,
        school_year,
        indicator_id,
        unit,
        mark,
        cast(value as decimal(6, 1)) as value
    from cells
    where indicator_id is not null

),

-- how many of so many can be among the share: whole pupils, and a share with one decimal is its rounding wide
shares as (

    select
        weights.*,
        compared.indicator_id,
        case
            when compared.value is not null
                then greatest(ceil((compared.value - 0.05) * weights.weight / 100), 0)
            when compared.mark = '~100' then greatest(weights.weight - marks.outside_to, 0)
            else 0
        end as least,
        case
            when compared.value is not null
                then least(floor((compared.value + 0.05) * weights.weight / 100), weights.weight)
            when compared.mark = '~100' then weights.weight - marks.outside_from
            else weights.weight
        end as most
    from weights
    inner join
        compared
        on weights.school_unit_code = compared.school_unit_code and weights.school_year = compared.school_year
    cross join marks
    where compared.unit = 'percent'

),

-- a weight with which one of the unit's shares would not be whole pupils is none
possible as (

    select * from shares
    qualify bool_and(least <= most) over (partition by school_unit_code, school_year, weight)

),

-- those who have passed something are the weight of an average: at least as many as are among the largest share
passed as (

    select
        school_unit_code,
        school_year,
        max(fewest) as fewest
    from (
        select school_unit_code, school_year, indicator_id, min(least) as fewest
        from possible
        group by school_unit_code, school_year, indicator_id
    ) as by_share
    group by school_unit_code, school_year

),

sums as (

    select
        compared.indicator_id,
        weights.school_unit_code,
        weights.school_year,
        weights.weight,
        coalesce(compared.value - 0.05, averages.least) * weights.weight as least,
        coalesce(compared.value + 0.05, averages.most) * weights.weight as most
    from weights
    inner join
        compared
        on weights.school_unit_code = compared.school_unit_code and weights.school_year = compared.school_year
    left join
        passed
        on weights.school_unit_code = passed.school_unit_code and weights.school_year = passed.school_year
    cross join marks
    cross join averages
    where
        compared.unit = 'points'
        and case
            when compared.value is not null then weights.weight >= greatest(passed.fewest, marks.few + 1)
            when compared.mark = '..' then weights.weight <= marks.few
            else true
        end
    -- nothing but the number of pupils changes with the weight: its ends are enough
    qualify
        weights.weight in (
            min(weights.weight) over (partition by weights.school_unit_code, weights.school_year),
            max(weights.weight) over (partition by weights.school_unit_code, weights.school_year)
        )

),

-- every weight that a unit can have, with the least and the most that it can add up to
choices as materialized (

    select indicator_id, school_unit_code, school_year, weight, 100.0 * least as least, 100.0 * most as most
    from possible
    union all
    select indicator_id, school_unit_code, school_year, weight, least, most
    from sums

),

-- as if every unit weighed its printed number of pupils
nominal as (

    select
        compared.indicator_id,
        compared.school_year,
        count(*) as units,
        count(*) filter (where compared.value is null) as units_hidden,
        1.0 * sum(case
            when compared.value is not null then (compared.value - 0.05) * units.pupils
            when compared.unit = 'points' then averages.least * units.pupils
            when compared.mark = '~100' then 100 * greatest(units.pupils - marks.outside_to, 0)
            else 0
        end) / sum(units.pupils) as lowest,
        1.0 * sum(case
            when compared.unit = 'points' then coalesce(compared.value + 0.05, averages.most) * units.pupils
            when compared.value is not null then least(compared.value + 0.05, 100) * units.pupils
            when compared.mark = '~100' then 100 * (units.pupils - marks.outside_from)
            else 100 * units.pupils
        end) / sum(units.pupils) as highest
    from compared
    inner join
        units
        on compared.school_unit_code = units.school_unit_code and compared.school_year = units.school_year
    cross join marks
    cross join averages
    group by compared.indicator_id, compared.school_year

),

-- the lowest figure of all: each unit takes the weight that pulls most below the figure so far, which is then worked
-- out anew (a ratio's least value by Dinkelbach's method; three steps are mostly enough); the highest likewise
steps as (

    select
        indicator_id,
        school_year,
        0 as step,
        cast(lowest as double) as lowest,
        cast(highest as double) as highest
    from nominal
    union all
    select
        indicator_id,
        school_year,
        step + 1,
        sum(low[1]) / sum(low[2]),
        sum(high[1]) / sum(high[2])
    from (
        select
            steps.indicator_id,
            steps.school_year,
            steps.step,
            arg_min(
                list_value(choices.least, choices.weight), choices.least - steps.lowest * choices.weight
            ) as low,
            arg_max(
                list_value(choices.most, choices.weight), choices.most - steps.highest * choices.weight
            ) as high
        from steps
        inner join
            choices
            on steps.indicator_id = choices.indicator_id and steps.school_year = choices.school_year
        where steps.step < 6
        group by steps.indicator_id, steps.school_year, steps.step, choices.school_unit_code
    ) as chosen
    group by indicator_id, school_year, step

)

select
    nominal.indicator_id,
    nominal.school_year,
    nominal.units,
    nominal.units_hidden,
    round(nominal.lowest, 2) as lowest,
    round(nominal.highest, 2) as highest,
    round(steps.lowest, 2) as lowest_of_any_weights,
    round(steps.highest, 2) as highest_of_any_weights,
    national_figures.value as published
from nominal
inner join
    steps
    on nominal.indicator_id = steps.indicator_id and nominal.school_year = steps.school_year and steps.step = 6
left join
    national_figures
    on nominal.indicator_id = national_figures.indicator_id and nominal.school_year = national_figures.school_year
