-- Attendance: fct_attendance_lesson, one row per pupil and lesson, and fct_attendance_month. The only large tables.

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

create table fct_attendance_lesson as
select current_lessons.* exclude (row_no)
from current_lessons
left join registered_twice using (unit, person, lesson_id)
where last_row is null or row_no = last_row;

-- a lesson of no minutes is cancelled; one that nobody recorded is neither presence nor absence
create table fct_attendance_month as
select person, any_value(sex) as sex, unit, date_trunc('month', lesson_date)::date as month,
    count(*) filter (where scheduled > 0) as lessons,
    coalesce(sum(scheduled) filter (where scheduled > 0), 0) as scheduled,
    coalesce(sum(scheduled) filter (where scheduled > 0 and recorded = 'J'), 0) as reported,
    coalesce(sum(present) filter (where scheduled > 0 and recorded = 'J'), 0) as present,
    coalesce(sum(valid) filter (where scheduled > 0 and recorded = 'J'), 0) as valid,
    coalesce(sum(invalid) filter (where scheduled > 0 and recorded = 'J'), 0) as invalid
from fct_attendance_lesson
group by person, unit, month;
