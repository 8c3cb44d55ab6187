-- The aggregates of attendance by plain SQL on history (attached as `lakehouse`): per pupil, unit and month, and per
-- pupil, unit and term. The terms and limits of the school year are written out. Of the product only who was enrolled
-- where and when is here.
-- days of lessons on which the pupil, whose enrolment at the unit and since then is known, is not enrolled there
create temp table outside as
with spans as (from lakehouse.master.mst_enrolment_span),

-- one span that holds a whole month settles it; the days of the few others are looked at one by one
days as (
    select distinct person_key, school_unit_code, lesson_date
    from lakehouse.history.narvaro__lesson_attendance
    semi join (
        select months.*
        from (
            select person_key, school_unit_code, min(lesson_date) as first_day, max(lesson_date) as last_day,
                date_trunc('month', lesson_date) as month
            from lakehouse.history.narvaro__lesson_attendance
            group by all
        ) as months
        inner join spans using (person_key, school_unit_code)
        group by all
        having not bool_or(start_date <= first_day and coalesce(end_date, last_day) >= last_day)
    ) as months
        using (person_key, school_unit_code)
)

select *
from days
semi join spans using (person_key, school_unit_code)
anti join spans
    on days.person_key = spans.person_key
    and days.school_unit_code = spans.school_unit_code
    and lesson_date between start_date and coalesce(end_date, lesson_date)
where lesson_date >= (select min(start_date) from spans where spans.person_key = days.person_key);

create temp view lesson as
select lessons.* replace (
    if(outside.person_key is null, scheduled_minutes, 0) as scheduled_minutes
)
from lakehouse.history.narvaro__lesson_attendance as lessons
left join outside using (person_key, school_unit_code, lesson_date);

create table attendance_month as
select
    person_key,
    school_unit_code,
    date_trunc('month', lesson_date)::date as month,
    count(*) as rows_read,
    count(*) filter (where scheduled_minutes > 0) as lessons,
    coalesce(sum(scheduled_minutes) filter (where scheduled_minutes > 0), 0) as scheduled_minutes,
    coalesce(sum(scheduled_minutes) filter (where scheduled_minutes > 0 and is_recorded), 0) as recorded_minutes,
    coalesce(sum(present_minutes) filter (where scheduled_minutes > 0 and is_recorded), 0) as present_minutes,
    coalesce(sum(valid_absence_minutes) filter (where scheduled_minutes > 0 and is_recorded), 0)
        as valid_absence_minutes,
    coalesce(sum(invalid_absence_minutes) filter (where scheduled_minutes > 0 and is_recorded), 0)
        as invalid_absence_minutes,
    max(_load) as _load
from lesson
group by all;

create table absence_day as
select
    person_key,
    school_unit_code,
    lesson_date,
    case when month(lesson_date) >= 7 then 'HT' else 'VT' end || year(lesson_date) as term,
    bool_or(is_recorded) as is_recorded,
    sum(present_minutes) filter (where is_recorded) as present,
    sum(valid_absence_minutes) filter (where is_recorded) as valid,
    sum(invalid_absence_minutes) filter (where is_recorded) as invalid,
    coalesce(bool_or(
        is_recorded and invalid_absence_minutes > 0
        and (invalid_absence_minutes >= scheduled_minutes or invalid_absence_minutes >= 15)
    ), false) as has_invalid_lesson
from (select * replace (is_recorded and scheduled_minutes > 0 as is_recorded) from lesson)
group by all;

create table absence_pattern as
with numbered as (
    select
        *,
        is_recorded and present = 0 and valid + invalid > 0 as is_absent,
        is_recorded and present + valid = 0 and invalid > 0 as is_invalid,
        count(*) filter (where is_recorded and not (present = 0 and valid + invalid > 0)) over so_far as breaks,
        count(*) filter (where is_recorded and not (present + valid = 0 and invalid > 0)) over so_far
            as invalid_breaks,
        count(*) filter (where has_invalid_lesson) over four_weeks as days_with_invalid_lesson
    from absence_day
    window
        so_far as (partition by person_key, school_unit_code, term order by lesson_date rows unbounded preceding),
        four_weeks as (
            partition by person_key, school_unit_code, term order by lesson_date
            range between interval 27 days preceding and current row
        )
),

terms as (
    select
        person_key,
        school_unit_code,
        term,
        count(*) filter (where is_recorded) as recorded_days,
        max(days_with_invalid_lesson) as most_days_with_invalid_lesson
    from numbered
    group by all
),

absent as (
    select person_key, school_unit_code, term, max(days) as longest_absence_run
    from (
        select person_key, school_unit_code, term, breaks, count(*) as days
        from numbered
        where is_absent
        group by all
    )
    group by all
),

invalid as (
    select person_key, school_unit_code, term, max(days) as longest_invalid_run
    from (
        select person_key, school_unit_code, term, invalid_breaks, count(*) as days
        from numbered
        where is_invalid
        group by all
    )
    group by all
),

shares as (
    select
        one.person_key,
        one.school_unit_code,
        case when month(one.month) >= 7 then 'HT' else 'VT' end || year(one.month) as term,
        max(
            (one.invalid_absence_minutes + two.invalid_absence_minutes) / (one.recorded_minutes + two.recorded_minutes)
        ) as highest_invalid_share
    from attendance_month as one
    inner join attendance_month as two
        on one.person_key = two.person_key
        and one.school_unit_code = two.school_unit_code
        and two.month = one.month + interval 1 month
    where one.recorded_minutes > 0 and two.recorded_minutes > 0 and month(one.month) not in (6, 12)
    group by all
)

select
    terms.*,
    coalesce(longest_absence_run, 0) as longest_absence_run,
    coalesce(longest_invalid_run, 0) as longest_invalid_run,
    highest_invalid_share
from terms
left join absent using (person_key, school_unit_code, term)
left join invalid using (person_key, school_unit_code, term)
left join shares using (person_key, school_unit_code, term);
