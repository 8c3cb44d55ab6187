{{ config(materialized='view') }}

with lessons as (

    select * from {{ source('history', 'narvaro__lesson_attendance') }}

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
    {{ is_offered_lesson('scheduled_minutes') }} as is_offered,
    {{ is_recorded_lesson('scheduled_minutes', 'is_recorded') }} as is_recorded,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    _load
from lessons
