-- What others publish: fct_external_statistics, fct_official_value and fct_national_bound. Kolada's figures are asked
-- for over the net and are in no extract.

create table fct_external_statistics as
with long as (
    from (unpivot statistics on pupils, all_subjects_share, vocational_eligible_share, average_merit_value
        into name measure value cell)
)

select unit, replace(regexp_extract(file, '\d{4}-\d{2}'), '-', '/') as school_year, school_name,
    lpad(municipality_code, 4, '0') as municipality_code, municipality, principal_type, principal, measure,
    if(measure = 'pupils', 'number', if(measure = 'average_merit_value', 'points', 'percent')) as measured_in,
    map {'all_subjects_share': 'IND-03', 'vocational_eligible_share': 'IND-04.YP', 'average_merit_value': 'IND-02'}
        [measure] as indicator_id,
    number_of(cell) as value, mark_of(cell) as mark
from long
where unit <> '';

create table fct_official_value as
select indicator_id, 'unit' as level, unit as entity_code, school_year as period, 'Skolverket' as publisher,
    measure as series, value, mark
from fct_external_statistics
where indicator_id is not null;

-- what a published cell leaves possible: two dots are few pupils, ~100 is one to four who are not among them, and a
-- figure with one decimal is its rounding wide. A unit's weight is its printed number, or any number up to it with which
-- each of its shares is whole pupils
create table national_cell as
select s.indicator_id, s.school_year, s.unit, s.measured_in, s.mark, s.value::decimal(6, 1) as value,
    coalesce(p.value, 9)::integer as pupils,
    bool_or(s.measured_in = 'percent' and (s.value is not null or s.mark = '~100'))
        over (partition by s.unit, s.school_year) as is_shown
from fct_external_statistics as s
left join (select unit, school_year, value from fct_external_statistics where measure = 'pupils') as p
    using (unit, school_year)
where s.indicator_id is not null;

create table national_choice as
with shares as (
    select *, case when value is not null then greatest(ceil((value - 0.05) * weight / 100), 0)
            when mark = '~100' then greatest(weight - 4, 0) else 0 end as least,
        case when value is not null then least(floor((value + 0.05) * weight / 100), weight)
            when mark = '~100' then weight - 1 else weight end as most
    from (select *, unnest(range(if(is_shown, 10, 0), pupils + 1)) as weight from national_cell)
    where measured_in = 'percent'
    qualify bool_and(least <= most) over (partition by unit, school_year, weight)
),

passed as (
    select unit, school_year, max(fewest) as fewest
    from (select unit, school_year, min(least) as fewest from shares group by unit, school_year, indicator_id)
    group by all
)

select indicator_id, school_year, unit, weight, 100.0 * least as least, 100.0 * most as most
from shares
union all
select indicator_id, school_year, unit, weight, coalesce(value - 0.05, 10) * weight, coalesce(value + 0.05, 340) * weight
from (select *, unnest([if(value is not null, greatest(fewest, 10), if(is_shown, 10, 0)),
        if(mark = '..', least(pupils, 9), pupils)]) as weight
    from national_cell left join passed using (unit, school_year) where measured_in = 'points');

create table fct_national_bound as
with recursive nominal as (
    select indicator_id, school_year, count(*) as units, count(*) filter (where value is null) as units_hidden,
        sum(case when value is not null then (value - 0.05) * pupils when measured_in = 'points' then 10 * pupils
            when mark = '~100' then 100 * greatest(pupils - 4, 0) else 0 end) / sum(pupils) as lowest,
        sum(case when measured_in = 'points' then coalesce(value + 0.05, 340) * pupils
            when value is not null then least(value + 0.05, 100) * pupils
            when mark = '~100' then 100 * (pupils - 1) else 100 * pupils end) / sum(pupils) as highest
    from national_cell
    group by all
),

steps as (
    select indicator_id, school_year, 0 as step, lowest::double as lowest, highest::double as highest from nominal
    union all
    select indicator_id, school_year, step + 1, sum(low[1]) / sum(low[2]), sum(high[1]) / sum(high[2])
    from (
        select s.indicator_id, s.school_year, step, arg_min([c.least, c.weight], c.least - lowest * c.weight) as low,
            arg_max([c.most, c.weight], c.most - highest * c.weight) as high
        from steps as s join national_choice as c using (indicator_id, school_year)
        where step < 6
        group by s.indicator_id, s.school_year, step, c.unit
    )
    group by indicator_id, school_year, step
)

select n.indicator_id, n.school_year, n.units, n.units_hidden, round(n.lowest, 2) as lowest,
    round(n.highest, 2) as highest, round(s.lowest, 2) as lowest_of_any_weights,
    round(s.highest, 2) as highest_of_any_weights,
    if(n.indicator_id = 'IND-04.YP' and n.school_year = '2024/25', 84.1, null) as published
from nominal as n
join steps as s on n.indicator_id = s.indicator_id and n.school_year = s.school_year and step = 6;
drop table national_cell;
drop table national_choice;
