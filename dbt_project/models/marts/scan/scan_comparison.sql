{#- A unit against all others of the municipality. What is compared is a number of each pupil (respondent, or year),
    on one side or as the difference of two sides (girls and boys, this round and the last). -#}
with grades as (

    select * from {{ ref('fct_grade') }}
    where points is not null and counts_as_subject and occasion_code = 'final_grade'

),

leavers as (

    select * from {{ ref('fct_leaving') }}

),

subjects as (

    select * from {{ ref('ref_subject') }}

),

tests as (

    select * from {{ ref('fct_test_vs_grade') }}
    where is_compared

),

months as (

    select * from {{ ref('fct_attendance_month') }}
    where recorded_minutes > 0

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}
    where respondent_kind = 'pupil'

),

expected as (

    select * from {{ ref('ind_expected') }}
    where indicator_id = 'IND-10.DEVIATION'

),

-- a pupil's grade in a subject against the mean of all the pupil's grades: what is left when ability is taken away
areas as (

    select
        grades.person_key,
        grades.spring_year,
        subjects.subject_area,
        avg(grades.points) as points
    from grades
    inner join subjects on grades.subject_code = subjects.subject_code
    group by grades.person_key, grades.spring_year, subjects.subject_area

),

above_own as (

    select
        person_key,
        spring_year,
        subject_area,
        points - avg(points) over (partition by person_key, spring_year) as points
    from areas
    union all
    select
        person_key,
        spring_year,
        'MA, NO och SO',
        avg(points) filter (where subject_area in ('matematik', 'NO', 'SO'))
        - avg(points) filter (where subject_area not in ('matematik', 'NO', 'SO'))
    from areas
    group by person_key, spring_year

),

profiles as (

    select
        leavers.school_unit_code,
        leavers.school_year,
        leavers.sex_code,
        above_own.subject_area,
        above_own.points
    from above_own
    inner join leavers on above_own.person_key = leavers.person_key and above_own.spring_year = leavers.spring_year

),

shares as (

    select
        months.person_key,
        months.school_unit_code,
        months.month,
        school_years.start_date,
        {{ month_name('months.month') }} as period,
        100.0 * months.invalid_absence_minutes / months.recorded_minutes as invalid_percent
    from months
    inner join school_years on months.month between school_years.start_date and school_years.end_date

),

-- the pupil's own start of the school year, July to September
starts as (

    select
        person_key,
        school_unit_code,
        start_date,
        avg(invalid_percent) as invalid_percent
    from shares
    where month < start_date + interval 3 month
    group by person_key, school_unit_code, start_date

),

indexed as (

    select
        school_unit_code,
        respondent_number,
        survey_year,
        index_name || ', årskurs ' || cast(grade_year as varchar) as subject,
        avg(answer_value) as index_value
    from answers
    where counts_in_index
    group by school_unit_code, respondent_number, survey_year, index_name, grade_year

),

-- an answer in itself, and against the same respondent's mean of the other areas
respondents as (

    select
        *,
        index_value - (sum(index_value) over respondent - index_value)
        / nullif(count(*) over respondent - 1, 0) as above_own
    from indexed
    window respondent as (partition by school_unit_code, respondent_number, survey_year)

),

rounds as (

    select
        survey_year,
        lag(survey_year) over (order by survey_year asc) as previous_year
    from answers
    group by survey_year

),

observed as (

    select
        'SEX_PROFILE' as scan_code,
        school_unit_code,
        school_year as period,
        subject_area as subject,
        case sex_code when 'K' then 'a' else 'b' end as side,
        points as value
    from profiles
    where sex_code in ('K', 'M')
    union all
    select
        'SUBJECT_PROFILE',
        school_unit_code,
        school_year,
        subject_area,
        'a',
        points
    from profiles
    union all
    select
        'TEST_RELATION',
        school_unit_code,
        school_year,
        subject_code || ', årskurs ' || cast(grade_year as varchar),
        'a',
        case when relation_code = 'higher' then 100.0 else 0 end
    from tests
    union all
    select
        'INVALID_RISE',
        shares.school_unit_code,
        shares.period,
        '',
        'a',
        shares.invalid_percent - starts.invalid_percent
    from shares
    inner join
        starts
        on
            shares.person_key = starts.person_key
            and shares.school_unit_code = starts.school_unit_code
            and shares.start_date = starts.start_date
    where shares.month >= shares.start_date + interval 3 month
    union all
    select
        kinds.scan_code,
        respondents.school_unit_code,
        cast(rounds.survey_year as varchar),
        respondents.subject,
        case when respondents.survey_year = rounds.survey_year then 'a' else 'b' end,
        case kinds.scan_code when 'SURVEY_CHANGE' then respondents.index_value else respondents.above_own end
    from rounds
    cross join (values ('SURVEY_CHANGE'), ('SURVEY_PROFILE')) as kinds (scan_code)
    inner join respondents on respondents.survey_year in (rounds.survey_year, rounds.previous_year)
    where rounds.previous_year is not null
    union all
    select
        'MERIT_DEVIATION',
        entity_code,
        '',
        '',
        'a',
        value
    from expected

),

sides as (

    -- decimals: sums are the same in whatever order they are made
    select
        scan_code,
        school_unit_code,
        period,
        subject,
        side,
        count(*) as n,
        sum(cast(value as decimal(18, 6))) as total,
        sum(cast(value * value as decimal(24, 6))) as total_of_squares
    from observed
    where school_unit_code is not null and value is not null
    group by scan_code, school_unit_code, period, subject, side

),

-- the spread within units, all units together
spread as (

    select
        *,
        sum(n) over every_unit as n_all,
        sum(total) over every_unit as total_all,
        cast(
            sum(total_of_squares - cast(cast(total as double) * cast(total as double) / n as decimal(24, 6)))
                over every_unit
            as double
        ) / nullif(sum(n - 1) over every_unit, 0) as variance
    from sides
    window every_unit as (partition by scan_code, period, subject, side)

),

against_others as (

    select
        *,
        cast(total as double) / n - cast(total_all - total as double) / (n_all - n) as difference,
        variance * (1.0 / n + 1.0 / (n_all - n)) as variance_of_difference
    from spread
    where n_all > n

),

compared as (

    select
        scan_code,
        school_unit_code,
        period,
        subject,
        count(*) as sides,
        min(n) as smallest_n,
        min(n_all - n) as smallest_n_of_others,
        max(difference) filter (where side = 'a') - coalesce(max(difference) filter (where side = 'b'), 0) as effect,
        sqrt(
            max(variance_of_difference) filter (where side = 'a')
            + coalesce(max(variance_of_difference) filter (where side = 'b'), 0)
        ) as standard_error
    from against_others
    group by scan_code, school_unit_code, period, subject

)

select
    scan_code,
    school_unit_code,
    period,
    subject,
    cast(smallest_n as bigint) as smallest_n,
    effect,
    standard_error
from compared
where
    sides = case when scan_code in ('SEX_PROFILE', 'SURVEY_CHANGE', 'SURVEY_PROFILE') then 2 else 1 end
    and smallest_n >= case scan_code when 'MERIT_DEVIATION' then 3 else 10 end
    and smallest_n_of_others >= case scan_code when 'MERIT_DEVIATION' then 3 else 10 end
    and standard_error > 0
