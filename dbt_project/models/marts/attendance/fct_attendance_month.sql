{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail'
    )
}}

{# Only the months and units that have changed are read and computed. #}
{% set lessons = source('history', 'narvaro__lesson_attendance') %}
{% set changed = take_out(changed_attendance_months(lessons, this), this, 'month') if is_incremental() else [] %}

with lessons as (

    {% if is_incremental() -%}
    {{ rows_in_places(lessons, 'lesson_date', changed) }}
    {%- else -%}
    select * from {{ lessons }}
    {%- endif %}

),

marked as (

    select
        *,
        cast(date_trunc('month', lesson_date) as date) as month,
        {{ is_offered_lesson('scheduled_minutes') }} as is_offered,
        {{ is_recorded_lesson('scheduled_minutes', 'is_recorded') }} as counts
    from lessons

)

select
    person_key,
    school_unit_code,
    month,
    count(*) as rows_read,
    count(*) filter (where is_offered) as lessons,
    coalesce(sum(scheduled_minutes) filter (where is_offered), 0) as scheduled_minutes,
    coalesce(sum(scheduled_minutes) filter (where counts), 0) as recorded_minutes,
    coalesce(sum(present_minutes) filter (where counts), 0) as present_minutes,
    coalesce(sum(valid_absence_minutes) filter (where counts), 0) as valid_absence_minutes,
    coalesce(sum(invalid_absence_minutes) filter (where counts), 0) as invalid_absence_minutes,
    max(_load) as _load
from marked
group by person_key, school_unit_code, month
