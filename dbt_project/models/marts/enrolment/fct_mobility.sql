with gap_thresholds as (

    select * from {{ ref('ref_threshold') }}
    where threshold_id = 'enrolment_gap_days'

),

margins as (

    select * from {{ ref('ref_threshold') }}
    where threshold_id = 'mobility_margin_days'

),

lineage as (

    select * from {{ ref('ref_school_unit_lineage') }}

),

spans as (

    select * from {{ ref('mst_enrolment_span') }}
    where is_main

),

-- the school years, each with the days between which a move is one in mid-year
school_years as (

    select
        days.school_year,
        days.start_date,
        days.end_date,
        days.snapshot_date,
        cast(
            {{ day_in_year('days.spring_year', '6', '30') }} - cast(margins.value as integer) * interval 1 day as date
        ) as last_move_date
    from (
        select
            *,
            {{ count_day('spring_year') }} as snapshot_date
        from {{ ref('ref_school_year') }}
    ) as days
    inner join margins on {{ holds_on('margins', 'days.snapshot_date') }}

),

-- two enrolments of a pupil of which one begins while or soon after the other holds, and what ties their units
following as (

    select
        one.person_key,
        one.school_unit_code as from_school_unit_code,
        one.start_date as from_start_date,
        one.end_date as from_end_date,
        other.school_unit_code as to_school_unit_code,
        other.start_date as to_start_date,
        coalesce(one.school_unit_code = other.school_unit_code, false) as is_same_unit,
        lineage.from_school_unit_code is not null as is_succession
    from spans as one
    inner join gap_thresholds on {{ holds_on('gap_thresholds', 'one.end_date') }}
    inner join
        spans as other
        on
            one.person_key = other.person_key
            and one.start_date < other.start_date
            and {{ days_between('one.end_date', 'other.start_date') }} <= gap_thresholds.value
    left join
        lineage
        on
            one.school_unit_code = lineage.from_school_unit_code
            and other.school_unit_code = lineage.to_school_unit_code

),

-- nobody leaves who goes on at the unit, as with a new grade year or school form
departures as (

    select
        spans.person_key,
        spans.end_date + 1 as move_date,
        spans.school_unit_code,
        coalesce(bool_or(following.is_succession), false) as is_unit_succession,
        min(spans.school_form_code) as school_form_code,
        min(spans.grade_year) as grade_year,
        min(spans.stage_code) as stage_code,
        max(spans._load) as _load
    from spans
    left join
        following
        on
            spans.person_key = following.person_key
            and spans.school_unit_code = following.from_school_unit_code
            and spans.start_date = following.from_start_date
            and spans.end_date = following.from_end_date
    where spans.school_unit_code is not null and spans.end_date is not null
    group by spans.person_key, spans.school_unit_code, spans.start_date, spans.end_date
    having not coalesce(bool_or(following.is_same_unit), false)

),

arrivals as (

    select
        spans.person_key,
        spans.start_date as move_date,
        spans.school_unit_code,
        coalesce(bool_or(following.is_succession), false) as is_unit_succession,
        min(spans.school_form_code) as school_form_code,
        min(spans.grade_year) as grade_year,
        min(spans.stage_code) as stage_code,
        max(spans._load) as _load
    from spans
    left join
        following
        on
            spans.person_key = following.person_key
            and spans.school_unit_code = following.to_school_unit_code
            and spans.start_date = following.to_start_date
    where spans.school_unit_code is not null
    group by spans.person_key, spans.school_unit_code, spans.start_date
    having not coalesce(bool_or(following.is_same_unit), false)

),

-- leaving one unit and beginning at another on the same day is one move; a short gap is filled in master already
moves as (

    select
        coalesce(departures.person_key, arrivals.person_key) as person_key,
        coalesce(departures.move_date, arrivals.move_date) as move_date,
        departures.school_unit_code as from_school_unit_code,
        arrivals.school_unit_code as to_school_unit_code,
        coalesce(departures.school_form_code, arrivals.school_form_code) as school_form_code,
        coalesce(departures.grade_year, arrivals.grade_year) as grade_year,
        coalesce(departures.is_unit_succession, arrivals.is_unit_succession) as is_unit_succession,
        coalesce(departures.stage_code <> arrivals.stage_code, false) as has_new_stage,
        greatest(departures._load, arrivals._load) as _load
    from departures
    full outer join
        arrivals
        on
            departures.person_key = arrivals.person_key
            and departures.move_date = arrivals.move_date
            and departures.is_unit_succession = arrivals.is_unit_succession

),

placed as (

    select
        moves.*,
        school_years.school_year,
        {{ is_move_in_school_year('moves.move_date', 'school_years') }} as is_mid_year
    from moves
    inner join school_years on moves.move_date between school_years.start_date and school_years.end_date

)

select
    person_key,
    move_date,
    school_year,
    from_school_unit_code,
    to_school_unit_code,
    school_form_code,
    grade_year,
    is_mid_year,
    is_unit_succession,
    not is_mid_year and has_new_stage as is_stage_change,
    is_mid_year and not is_unit_succession as is_counted,
    _load
from placed
