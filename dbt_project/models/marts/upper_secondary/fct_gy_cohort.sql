with spans as (

    select * from {{ ref('mst_enrolment_span') }}
    where school_form_code = 'GY' and is_main

),

persons as (

    select * from {{ ref('mst_person') }}

),

person_versions as (

    select * from {{ ref('mst_person_version') }}

),

diplomas as (

    select * from {{ ref('fct_diploma') }}
    where is_diploma

),

throughput as (

    select * from {{ ref('ref_gy_throughput') }}

),

thresholds as (

    select * from {{ ref('ref_threshold') }}
    where threshold_id = 'gy_cohort_first_autumn'

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

count_days as (

    select
        school_years.school_year,
        cast(school_years.spring_year as bigint) as spring_year,
        {{ count_day('school_years.spring_year') }} as counted_on
    from school_years
    cross join run_clock
    where {{ count_day('school_years.spring_year') }} <= run_clock.today

),

-- the year of study in which one begins, and the last day on which a diploma counts, by number of years
measured as (

    select
        count_days.school_year,
        count_days.spring_year,
        count_days.counted_on,
        throughput.start_grade_year,
        throughput.years,
        {{ day_in_year(
            'count_days.spring_year - 1 + throughput.years', 'throughput.end_month', 'throughput.end_day'
        ) }} as ends_on
    from count_days
    inner join throughput on {{ holds_on('throughput', 'count_days.counted_on') }}

),

begin_days as (

    -- distinct: whatever the number of years, one begins on the same day in the same year of study
    select distinct
        school_year,
        spring_year,
        counted_on,
        start_grade_year
    from measured

),

-- enrolled on the count day in the year in which one begins; of two enrolments the one that counts
started as (

    select
        spans.person_key,
        begin_days.school_year,
        begin_days.spring_year,
        begin_days.counted_on,
        spans.school_unit_code,
        spans.programme_code,
        spans.programme_kind,
        coalesce(spans.programme_kind in ('vocational', 'preparatory'), false) as is_national,
        spans.is_in_conflict,
        row_number() over (
            partition by spans.person_key, begin_days.counted_on order by {{ order_of_attribution('spans') }}
        ) as nth,
        spans._load
    from spans
    inner join
        begin_days
        on spans.grade_year = begin_days.start_grade_year and {{ holds_during('spans', 'begin_days.counted_on') }}

),

-- a pupil begins once, and once on a national programme: who changes or reads the year again begins nothing
numbered as (

    select
        *,
        row_number() over (partition by person_key order by counted_on) = 1 as is_first_start,
        is_national
        and row_number() over (partition by person_key, is_national order by counted_on) = 1 as is_first_national_start
    from started
    where nth = 1 and not is_in_conflict

),

starts as (

    select numbered.*
    from numbered
    inner join thresholds on {{ holds_on('thresholds', 'numbered.counted_on') }}
    where
        (numbered.is_first_start or numbered.is_first_national_start)
        and numbered.spring_year - 1 >= thresholds.value

),

-- home municipality as it held on the count day; of a person's records in the register, the one told of last
homes as (

    select
        starts.person_key,
        starts.counted_on,
        arg_max(person_versions.home_municipality_code, (person_versions.recorded_from, person_versions.record_key))
            as home_municipality_code
    from starts
    inner join
        person_versions
        on
            starts.person_key = person_versions.person_key
            and {{ valid_on('person_versions', 'starts.counted_on') }}
    group by starts.person_key, starts.counted_on

),

-- what came later
later as (

    select
        starts.person_key,
        starts.counted_on,
        bool_or(spans.start_date > starts.counted_on and spans.school_unit_code <> starts.school_unit_code)
            as has_changed_unit,
        bool_or(spans.start_date > starts.counted_on and spans.programme_code <> starts.programme_code)
            as has_changed_programme,
        max(coalesce(spans.end_date, date '9999-12-31')) as last_day
    from starts
    inner join spans on starts.person_key = spans.person_key
    group by starts.person_key, starts.counted_on

),

first_diplomas as (

    select
        person_key,
        min(issued_on) as issued_on,
        arg_min(school_unit_code, issued_on) as school_unit_code
    from diplomas
    group by person_key

),

-- NULL until the last day has been
within as (

    select
        starts.person_key,
        starts.counted_on,
        bool_or(coalesce(first_diplomas.issued_on <= measured.ends_on, false)) filter (
            where measured.years = 3 and measured.ends_on < run_clock.today
        ) as has_diploma_in_3_years,
        bool_or(coalesce(first_diplomas.issued_on <= measured.ends_on, false)) filter (
            where measured.years = 4 and measured.ends_on < run_clock.today
        ) as has_diploma_in_4_years,
        max(measured.ends_on) filter (where measured.years = 3) as ends_on_3_years,
        max(measured.ends_on) filter (where measured.years = 4) as ends_on_4_years
    from starts
    inner join measured on starts.counted_on = measured.counted_on
    cross join run_clock
    left join first_diplomas on starts.person_key = first_diplomas.person_key
    group by starts.person_key, starts.counted_on

)

select
    starts.person_key,
    starts.school_year as start_school_year,
    starts.counted_on as started_on,
    starts.school_unit_code,
    starts.programme_code,
    starts.programme_kind,
    starts.is_national,
    starts.is_first_start,
    starts.is_first_national_start,
    persons.sex_code,
    homes.home_municipality_code,
    later.has_changed_unit,
    later.has_changed_programme,
    case when later.last_day < run_clock.today and first_diplomas.issued_on is null then later.last_day end as left_on,
    first_diplomas.issued_on as diploma_on,
    first_diplomas.school_unit_code as diploma_school_unit_code,
    within.has_diploma_in_3_years,
    within.ends_on_3_years,
    within.has_diploma_in_4_years,
    within.ends_on_4_years,
    starts._load
from starts
cross join run_clock
inner join within on starts.person_key = within.person_key and starts.counted_on = within.counted_on
inner join later on starts.person_key = later.person_key and starts.counted_on = later.counted_on
left join first_diplomas on starts.person_key = first_diplomas.person_key
left join homes on starts.person_key = homes.person_key and starts.counted_on = homes.counted_on
left join persons on starts.person_key = persons.person_key
