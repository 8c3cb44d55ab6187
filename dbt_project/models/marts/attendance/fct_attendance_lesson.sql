{{ config(materialized='view') }}

with lessons as (

    select * from {{ source('history', 'narvaro__lesson_attendance') }}

),

-- the few months with lessons on days when the pupil is not enrolled
partly_outside as (

    select * from {{ ref('fct_attendance_month') }}
    where days_outside is not null

),

marked as (

    select
        lessons.*,
        not {{ is_day_outside('lessons.lesson_date', 'partly_outside.days_outside') }} as is_enrolled
    from lessons
    left join
        partly_outside
        on
            lessons.person_key = partly_outside.person_key
            and lessons.school_unit_code = partly_outside.school_unit_code
            and cast(date_trunc('month', lessons.lesson_date) as date) = partly_outside.month

)

select
    person_key,
    school_unit_code,
    lesson_id,
    lesson_date,
    start_time,
    class_label,
    subject_code,
    scheduled_minutes,
    is_enrolled,
    is_enrolled and {{ is_offered_lesson('scheduled_minutes') }} as is_offered,
    is_enrolled and {{ is_recorded_lesson('scheduled_minutes', 'is_recorded') }} as is_recorded,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    _load
from marked
