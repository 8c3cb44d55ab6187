-- Every unit against all others of the municipality, in what nobody has asked about: scan_comparison. A difference of
-- means and its standard error, from the spread within units; at least ten on every side, three years for the merit
-- value. Which of them stand out among so many takes the normal distribution, which DuckDB has not, and is left out.

create temp table observed as
with grades as (
    select person, spring_year, area, avg(points) as points
    from fct_grade inner join dim_subject using (subject)
    where occasion = 'final_grade' and counts
    group by all
),

-- a pupil's grades in an area against the mean of all the pupil's areas
above_own as (
    select person, spring_year, area, points - avg(points) over (partition by person, spring_year) as points from grades
    union all
    select person, spring_year, 'MA, NO och SO', avg(points) filter (where area in ('matematik', 'NO', 'SO'))
        - avg(points) filter (where area not in ('matematik', 'NO', 'SO'))
    from grades group by person, spring_year
),

profiles as (
    select unit, school_year, sex, area, above_own.points
    from above_own inner join fct_leaving using (person, spring_year)
),

months as (
    select person, unit, month, 100 * invalid / reported as invalid_percent,
        make_date(year(month - interval 6 month), 7, 1) as start_of_year
    from fct_attendance_month where reported > 0
),

-- the pupil's own July to September
starts as (
    select person, unit, start_of_year, avg(invalid_percent) as invalid_percent
    from months where month < start_of_year + interval 3 month group by all
),

respondents as (
    select unit, respondent, survey_year, area || ', årskurs ' || grade_year as subject, avg(value) as index_value,
        index_value - (sum(index_value) over own - index_value) / nullif(count(*) over own - 1, 0) as above_own
    from fct_survey_answer
    where kind = 'pupil' and value is not null
    group by unit, respondent, survey_year, area, grade_year
    window own as (partition by unit, respondent, survey_year)
),

rounds as (
    select survey_year, lag(survey_year) over (order by survey_year) as previous
    from (select distinct survey_year from fct_survey_answer where kind = 'pupil')
)

select 'SEX_PROFILE' as scan, unit, school_year as period, area as subject, if(sex = 'K', 'a', 'b') as side,
    points as value
from profiles where sex is not null
union all
select 'SUBJECT_PROFILE', unit, school_year, area, 'a', points from profiles
union all
select 'TEST_RELATION', unit, school_year(spring_year), subject || ', årskurs ' || grade_year, 'a',
    if(steps > 0, 100, 0)
from fct_test_vs_grade where excluded_reason is null
union all
select 'INVALID_RISE', unit, (month::varchar)[:7], '', 'a', months.invalid_percent - starts.invalid_percent
from months inner join starts using (person, unit, start_of_year)
where month >= start_of_year + interval 3 month
union all
select scan, unit, rounds.survey_year::varchar, subject, if(r.survey_year = rounds.survey_year, 'a', 'b'),
    if(scan = 'SURVEY_CHANGE', index_value, above_own)
from rounds
cross join (values ('SURVEY_CHANGE'), ('SURVEY_PROFILE')) as kinds (scan)
inner join respondents as r on r.survey_year in (rounds.survey_year, previous)
where previous is not null
union all
select 'MERIT_DEVIATION', entity_code, '', '', 'a', value
from indicator_value where indicator_id = 'IND-10.DEVIATION';

create table scan_comparison as
with sides as (
    select scan, unit, period, subject, side, count(*) as n, sum(value) as total,
        sum(value * value) - sum(value) * sum(value) / count(*) as squares
    from observed where value is not null group by all
),

against_others as (
    select *, sum(n) over every_unit - n as n_others,
        total / n - (sum(total) over every_unit - total) / nullif(n_others, 0) as difference,
        sum(squares) over every_unit / nullif(sum(n - 1) over every_unit, 0) * (1 / n + 1 / nullif(n_others, 0))
            as variance
    from sides
    window every_unit as (partition by scan, period, subject, side)
),

compared as (
    select scan, unit, period, subject, count(*) as sides, min(n) as smallest_n, min(n_others) as smallest_n_of_others,
        sum(if(side = 'a', difference, -difference)) as effect, sqrt(sum(variance)) as standard_error
    from against_others where n_others > 0 group by all
)

select * exclude (sides, smallest_n_of_others)
from compared
where sides = if(scan in ('SEX_PROFILE', 'SURVEY_CHANGE', 'SURVEY_PROFILE'), 2, 1)
    and least(smallest_n, smallest_n_of_others) >= if(scan = 'MERIT_DEVIATION', 3, 10) and standard_error > 0;
