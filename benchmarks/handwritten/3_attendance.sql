-- Attendance: fct_attendance_lesson, one row per pupil and lesson, fct_attendance_month, and fct_absence_pattern, one
-- row per pupil and term. The only large tables.

-- the latest file that has a unit's day replaces that day; a lesson registered twice counts as it was last written
create temp view current_lessons as
with latest as (select unit, lesson_date, max(file_no) as file_no from lessons group by all)

select person, sex, lessons.* exclude (number, file_no, file), lessons.rowid as row_no
from lessons
inner join latest using (unit, lesson_date, file_no)
inner join pupil using (number)
where lesson_id <> '' and scheduled is not null;

create temp table registered_twice as
select unit, person, lesson_id, max(row_no) as last_row
from current_lessons
group by unit, person, lesson_id
having count(*) > 1;

create temp view last_lessons as
select current_lessons.* exclude (row_no)
from current_lessons
left join registered_twice using (unit, person, lesson_id)
where last_row is null or row_no = last_row;

-- who has been enrolled at the unit, and was not so that day, had no lesson; before the first enrolment nothing is known
create temp table not_enrolled as
select person, unit, lesson_date
from (select distinct person, unit, lesson_date from last_lessons) as days
semi join enrolment using (person, unit)
anti join enrolment on days.person = enrolment.person and days.unit = enrolment.unit
    and lesson_date between first_day and last_day
where lesson_date >= (select min(first_day) from enrolment where enrolment.person = days.person);

create table fct_attendance_lesson as
from last_lessons anti join not_enrolled using (person, unit, lesson_date);

-- A lesson of no minutes is cancelled; one that nobody recorded is neither presence nor absence. An invalid lesson was
-- missed whole or for fifteen minutes at least; anything shorter is a late arrival.
create temp table attendance_day as
select person, any_value(sex) as sex, unit, lesson_date, date_trunc('month', lesson_date)::date as month,
    make_date(year(lesson_date), if(month(lesson_date) >= 7, 7, 1), 1) as term_start,
    count(*) filter (where scheduled > 0) as lessons,
    count(*) filter (where scheduled > 0 and recorded = 'J') > 0 as is_recorded,
    coalesce(sum(scheduled) filter (where scheduled > 0), 0) as scheduled,
    coalesce(sum(scheduled) filter (where scheduled > 0 and recorded = 'J'), 0) as reported,
    coalesce(sum(present) filter (where scheduled > 0 and recorded = 'J'), 0) as present,
    coalesce(sum(valid) filter (where scheduled > 0 and recorded = 'J'), 0) as valid,
    coalesce(sum(invalid) filter (where scheduled > 0 and recorded = 'J'), 0) as invalid,
    count(*) filter (where scheduled > 0 and recorded = 'J' and invalid > 0 and invalid >= least(scheduled, 15)) > 0
        as has_invalid_lesson
from fct_attendance_lesson
group by person, unit, lesson_date;

create table fct_attendance_month as
select person, any_value(sex) as sex, unit, month, sum(lessons)::bigint as lessons, sum(scheduled) as scheduled,
    sum(reported) as reported, sum(present) as present, sum(valid) as valid, sum(invalid) as invalid
from attendance_day
group by person, unit, month;

-- Away all day is to have missed all that was recorded. Days in a row are the recorded days between two on which the
-- pupil was there; holidays and days of which nothing is known neither break nor lengthen them.
create table fct_absence_pattern as
with days as (
    select person, unit, term_start, lesson_date, present = 0 and valid + invalid > 0 as is_absent,
        present + valid = 0 and invalid > 0 as is_invalid
    from attendance_day where is_recorded
),

numbered as (
    select *, count(*) filter (where not is_absent) over so_far as absence_run,
        count(*) filter (where not is_invalid) over so_far as invalid_run
    from days
    window so_far as (
        partition by person, unit, term_start order by lesson_date rows between unbounded preceding and current row
    )
),

-- who is there ends both runs, so that an invalid run lies within one run of absence
invalid_runs as (
    select person, unit, term_start, absence_run, invalid_run, count(*) as days,
        count(*) filter (where is_invalid) as invalid_days
    from numbered where is_absent group by all
),

runs as (
    select person, unit, term_start, absence_run, sum(days)::bigint as days, max(invalid_days) as invalid_days
    from invalid_runs group by all
),

longest as (
    select person, unit, term_start, max(days) as absence_run, max(invalid_days) as invalid_run from runs group by all
),

-- the four weeks that end on a day with an invalid lesson
scattered as (
    select person, unit, term_start, max(days) as days
    from (
        select person, unit, term_start, count(*) over (
            partition by person, unit, term_start order by lesson_date
            range between interval 27 day preceding and current row
        ) as days
        from attendance_day where has_invalid_lesson
    )
    group by all
),

-- two months of a term, the one after the other, both with something recorded
two_months as (
    select a.person, a.unit, make_date(year(a.month), if(month(a.month) >= 7, 7, 1), 1) as term_start,
        max((a.invalid + b.invalid) / (a.reported + b.reported)) as invalid_share
    from fct_attendance_month as a
    inner join fct_attendance_month as b
        on a.person = b.person and a.unit = b.unit and a.month + interval 1 month = b.month
    where a.reported > 0 and b.reported > 0 and month(a.month) not in (6, 12)
    group by all
)

select person, sex, unit, term_start, school_year(year(term_start) + if(month(term_start) = 7, 1, 0)) as school_year,
    if(month(term_start) = 7, 'HT', 'VT') as term, recorded_days, coalesce(absence_run, 0) as longest_absence_run,
    coalesce(invalid_run, 0) as longest_invalid_run,
    coalesce(scattered.days, 0) as most_days_with_invalid_lesson, invalid_share as highest_invalid_share
from (
    select person, any_value(sex) as sex, unit, term_start, count(*) filter (where is_recorded) as recorded_days
    from attendance_day group by all
)
left join longest using (person, unit, term_start)
left join scattered using (person, unit, term_start)
left join two_months using (person, unit, term_start);
