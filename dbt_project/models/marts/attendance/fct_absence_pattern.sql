{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail'
    )
}}

{# Only the terms and units that have changed are read and computed. #}
{% set months = ref('fct_attendance_month') %}
{% set lessons = ref('fct_attendance_lesson') %}
{% set terms = ref('ref_term') %}
{% set changed = [] %}
{% if is_incremental() %}
{% set changed = take_out(months_of_changed_terms(months, terms, this), this, 'term_start_date') %}
{% endif %}

with lessons as (

    {% if is_incremental() -%}
    {{ rows_in_places(lessons, 'lesson_date', changed) }}
    {%- else -%}
    select * from {{ lessons }}
    {%- endif %}

),

months_read as (

    {% if is_incremental() -%}
    {{ rows_in_places(months, 'month', changed) }}
    {%- else -%}
    select * from {{ months }}
    {%- endif %}

),

months as (

    select * from months_read
    where recorded_minutes > 0

),

terms as (

    select * from {{ terms }}

),

absence_thresholds as (

    select * from {{ ref('ref_absence_threshold') }}

),

thresholds as (

    select * from {{ ref('ref_threshold') }}

),

months_of_terms as (

    {{ months_of_terms('terms') }}

),

term_months as (

    select
        months_of_terms.term_code,
        months_of_terms.school_year,
        months_of_terms.term_start_date,
        months_of_terms.month,
        to_days(absence_thresholds.within_days - 1) as window_before,
        thresholds.value as late_minutes
    from months_of_terms
    inner join
        absence_thresholds
        on
            absence_thresholds.measured_as = 'days_with_invalid_lesson'
            and {{ holds_on('absence_thresholds', 'months_of_terms.term_end_date') }}
    inner join
        thresholds
        on
            thresholds.threshold_id = 'late_minutes'
            and {{ holds_on('thresholds', 'months_of_terms.term_end_date') }}

),

-- the only step that sees every lesson: one row per pupil, unit and day
days as (

    select
        person_key,
        school_unit_code,
        lesson_date,
        count(*) as rows_read,
        bool_or(is_recorded) as is_recorded,
        sum(case when is_recorded then present_minutes else 0 end) as present_minutes,
        sum(case when is_recorded then valid_absence_minutes else 0 end) as valid_minutes,
        sum(case when is_recorded then invalid_absence_minutes else 0 end) as invalid_minutes,
        max(case when is_recorded then invalid_absence_minutes else 0 end) as most_invalid_minutes,
        bool_or(
            is_recorded and invalid_absence_minutes > 0 and invalid_absence_minutes >= scheduled_minutes
        ) as has_whole_lesson_invalid,
        max(_load) as _load
    from lessons
    group by person_key, school_unit_code, lesson_date

),

-- a day on which nothing was recorded is in none of these states: it neither breaks nor lengthens a run
states as (

    select
        days.person_key,
        days.school_unit_code,
        days.lesson_date,
        days.rows_read,
        days._load,
        term_months.term_code,
        term_months.school_year,
        term_months.term_start_date,
        term_months.window_before,
        days.is_recorded,
        days.is_recorded
        and {{ is_absent_all_day('days.present_minutes', 'days.valid_minutes + days.invalid_minutes') }} as is_absent,
        days.is_recorded
        and {{ is_absent_all_day('days.present_minutes + days.valid_minutes', 'days.invalid_minutes') }} as is_invalid,
        days.has_whole_lesson_invalid
        or days.most_invalid_minutes >= term_months.late_minutes as has_invalid_lesson
    from days
    inner join term_months on date_trunc('month', days.lesson_date) = term_months.month

),

-- the days of a run have the same number of days before them that are no part of one
numbered as (

    select
        *,
        count(case when is_recorded and not is_absent then 1 end) over days_so_far as breaks,
        count(case when is_recorded and not is_invalid then 1 end) over days_so_far as invalid_breaks,
        count(case when has_invalid_lesson then 1 end) over last_days as days_with_invalid_lesson
    from states
    window
        days_so_far as (
            partition by person_key, school_unit_code, term_start_date order by lesson_date
            rows between unbounded preceding and current row
        ),
        last_days as (
            partition by person_key, school_unit_code, term_start_date order by lesson_date
            range between window_before preceding and current row
        )

),

-- an invalid run lies within one run of absence; days that are in neither are one group of the term
islands as (

    select
        person_key,
        school_unit_code,
        term_code,
        school_year,
        term_start_date,
        case when is_absent then breaks end as absence_run,
        case when is_invalid then invalid_breaks end as invalid_run,
        count(*) as days,
        count(case when is_recorded then 1 end) as recorded_days,
        max(days_with_invalid_lesson) as days_with_invalid_lesson,
        sum(rows_read) as rows_read,
        max(_load) as _load
    from numbered
    group by person_key, school_unit_code, term_code, school_year, term_start_date, absence_run, invalid_run

),

runs as (

    select
        person_key,
        school_unit_code,
        term_code,
        school_year,
        term_start_date,
        sum(case when absence_run is not null then days else 0 end) as absence_days,
        max(case when invalid_run is not null then days else 0 end) as invalid_days,
        sum(recorded_days) as recorded_days,
        max(days_with_invalid_lesson) as days_with_invalid_lesson,
        sum(rows_read) as rows_read,
        max(_load) as _load
    from islands
    group by person_key, school_unit_code, term_code, school_year, term_start_date, absence_run

),

of_terms as (

    select
        person_key,
        school_unit_code,
        term_code,
        school_year,
        term_start_date,
        cast(sum(rows_read) as bigint) as rows_read,
        cast(sum(recorded_days) as bigint) as recorded_days,
        cast(max(absence_days) as bigint) as longest_absence_run,
        cast(max(invalid_days) as bigint) as longest_invalid_run,
        max(days_with_invalid_lesson) as most_days_with_invalid_lesson,
        max(_load) as _load
    from runs
    group by person_key, school_unit_code, term_code, school_year, term_start_date

),

-- what was left out since the pupil was not enrolled, so that a change of it is noticed
outside as (

    select
        months_read.person_key,
        months_read.school_unit_code,
        term_months.term_start_date,
        string_agg(months_read.days_outside, ' ' order by months_read.month) as days_outside
    from months_read
    inner join term_months on months_read.month = term_months.month
    where months_read.days_outside is not null
    group by months_read.person_key, months_read.school_unit_code, term_months.term_start_date

),

-- two months of one term, the one after the other, both with something recorded
two_months as (

    select
        months.person_key,
        months.school_unit_code,
        term_months.term_start_date,
        max(
            (months.invalid_absence_minutes + following.invalid_absence_minutes)
            / (months.recorded_minutes + following.recorded_minutes)
        ) as highest_invalid_share
    from months
    inner join
        months as following
        on
            months.person_key = following.person_key
            and months.school_unit_code = following.school_unit_code
            and following.month = months.month + interval 1 month
    inner join term_months on months.month = term_months.month
    inner join
        term_months as following_term
        on
            following.month = following_term.month
            and term_months.term_start_date = following_term.term_start_date
    group by months.person_key, months.school_unit_code, term_months.term_start_date

)

select
    of_terms.person_key,
    of_terms.school_unit_code,
    of_terms.school_year,
    of_terms.term_code,
    of_terms.term_start_date,
    of_terms.rows_read,
    outside.days_outside,
    of_terms.recorded_days,
    of_terms.longest_absence_run,
    of_terms.longest_invalid_run,
    of_terms.most_days_with_invalid_lesson,
    two_months.highest_invalid_share,
    of_terms._load
from of_terms
left join
    two_months
    on
        of_terms.person_key = two_months.person_key
        and of_terms.school_unit_code = two_months.school_unit_code
        and of_terms.term_start_date = two_months.term_start_date
left join
    outside
    on
        of_terms.person_key = outside.person_key
        and of_terms.school_unit_code = outside.school_unit_code
        and of_terms.term_start_date = outside.term_start_date
