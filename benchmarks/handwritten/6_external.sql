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

-- what a published cell leaves possible: two dots are one to nine pupils, ~100 is one to four who are not among them,
-- and a share with one decimal is its rounding wide
create table fct_national_bound as
with units as (
    select s.indicator_id, s.school_year, s.value is null as is_hidden, coalesce(p.value, 9) as pupils,
        case when p.value is null then 0 when s.value is not null then (s.value - 0.05) / 100 * p.value
            when s.mark = '~100' then greatest(p.value - 4, 0) else 0 end as least,
        case when p.value is null then 9 when s.value is not null then least((s.value + 0.05) / 100, 1) * p.value
            when s.mark = '~100' then p.value - 1 else p.value end as most
    from fct_external_statistics as s
    left join (select unit, school_year, value from fct_external_statistics where measure = 'pupils') as p
        using (unit, school_year)
    where s.measured_in = 'percent'
)

select indicator_id, school_year, count(*) as units, count(*) filter (where is_hidden) as units_hidden,
    round(100 * sum(least) / sum(pupils), 2) as lowest, round(100 * sum(most) / sum(pupils), 2) as highest,
    if(indicator_id = 'IND-04.YP' and school_year = '2024/25', 84.1, null) as published
from units
group by indicator_id, school_year;
