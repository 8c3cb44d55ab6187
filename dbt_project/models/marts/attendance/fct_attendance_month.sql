{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail'
    )
}}

{# Only the months and units that have changed are read and computed. #}
{% set lessons = source('history', 'narvaro__lesson_attendance') %}
{% set spans = ref('mst_enrolment_span') %}
{% set changed = [] %}
{% if is_incremental() %}
{% set changed = take_out(changed_attendance_months(lessons, spans, this), this, 'month') %}
{% endif %}

{# Read twice rather than kept in between: a city has 140 million lessons, and few of them are read the second time. #}
with lessons as not materialized (

    {% if is_incremental() -%}
    {{ rows_in_places(lessons, 'lesson_date', changed) }}
    {%- else -%}
    select * from {{ lessons }}
    {%- endif %}

),

spans as (

    select * from {{ spans }}

),

marked as not materialized (

    select
        *,
        cast(date_trunc('month', lesson_date) as date) as month,
        {{ is_offered_lesson('scheduled_minutes') }} as is_offered,
        {{ is_recorded_lesson('scheduled_minutes', 'is_recorded') }} as counts
    from lessons

),

months as (

    select
        person_key,
        school_unit_code,
        month,
        min(lesson_date) as first_lesson_date,
        max(lesson_date) as last_lesson_date,
        count(*) as rows_read,
        {{ attendance_of_lessons() }},
        max(_load) as _load
    from marked
    group by person_key, school_unit_code, month

),

outside as (

    {{ days_outside_enrolment('months', 'spans') }}

),

-- the lessons of the few who are not enrolled all the time, of those days alone
not_enrolled as (

    select
        marked.person_key,
        marked.school_unit_code,
        marked.month,
        {{ attendance_of_lessons() }}
    from marked
    inner join
        outside
        on
            marked.person_key = outside.person_key
            and marked.school_unit_code = outside.school_unit_code
            and marked.month = outside.month
    where {{ is_day_outside('marked.lesson_date', 'outside.days_outside') }}
    group by marked.person_key, marked.school_unit_code, marked.month

)

select
    months.person_key,
    months.school_unit_code,
    months.month,
    months.first_lesson_date,
    months.last_lesson_date,
    months.rows_read,
    outside.days_outside,
    coalesce(not_enrolled.lessons, 0) as lessons_outside,
    {%- for name in ['lessons', 'scheduled_minutes', 'recorded_minutes', 'present_minutes', 'valid_absence_minutes',
        'invalid_absence_minutes'] %}
    months.{{ name }} - coalesce(not_enrolled.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    months._load
from months
left join
    outside
    on
        months.person_key = outside.person_key
        and months.school_unit_code = outside.school_unit_code
        and months.month = outside.month
left join
    not_enrolled
    on
        months.person_key = not_enrolled.person_key
        and months.school_unit_code = not_enrolled.school_unit_code
        and months.month = not_enrolled.month
