{# Rules of attendance. #}

{# A lesson without minutes is cancelled: it was not offered and is in no denominator. #}
{% macro is_offered_lesson(scheduled_minutes) -%}
    coalesce({{ scheduled_minutes }} > 0, false)
{%- endmacro %}

{# An unrecorded lesson is neither presence nor absence: it counts in coverage alone. #}
{% macro is_recorded_lesson(scheduled_minutes, is_recorded) -%}
    (coalesce({{ is_recorded }}, false) and coalesce({{ scheduled_minutes }} > 0, false))
{%- endmacro %}

{# The days between a pupil's first and last lesson of a month on which the pupil was not enrolled at the unit, as a list
   of dates; no row for a month without such days. `months`: person_key, school_unit_code, month, first_lesson_date and
   last_lesson_date. Days before anything is known of the pupil's enrolment are not told of, nor pupils who have never
   been enrolled at the unit: then the register says nothing. Few months are looked into day by day. #}
{% macro days_outside_enrolment(months, spans) -%}
    select
        days.person_key,
        days.school_unit_code,
        days.month,
        string_agg(cast(days.day as varchar), ' ' order by days.day) as days_outside
    from (
        select
            partly.person_key,
            partly.school_unit_code,
            partly.month,
            cast(
                unnest(generate_series(
                    greatest(partly.first_lesson_date, pupils.known_from), partly.last_lesson_date, interval 1 day
                )) as date
            ) as day
        from (
            select
                months.person_key,
                months.school_unit_code,
                months.month,
                months.first_lesson_date,
                months.last_lesson_date
            from {{ months }} as months
            inner join
                {{ spans }} as spans
                on months.person_key = spans.person_key and months.school_unit_code = spans.school_unit_code
            group by
                months.person_key, months.school_unit_code, months.month, months.first_lesson_date,
                months.last_lesson_date
            having
                not bool_or(
                    spans.start_date <= months.first_lesson_date
                    and (spans.end_date is null or months.last_lesson_date <= spans.end_date)
                )
        ) as partly
        inner join
            (
                select
                    person_key,
                    min(start_date) as known_from
                from {{ spans }}
                group by person_key
            ) as pupils
            on partly.person_key = pupils.person_key and pupils.known_from <= partly.last_lesson_date
    ) as days
    left join
        {{ spans }} as spans
        on
            days.person_key = spans.person_key
            and days.school_unit_code = spans.school_unit_code
            and spans.start_date <= days.day
            and (spans.end_date is null or days.day <= spans.end_date)
    where spans.person_key is null
    group by days.person_key, days.school_unit_code, days.month
{%- endmacro %}

{# Whether a day is in such a list; false where there is none. #}
{% macro is_day_outside(lesson_date, days_outside) -%}
    coalesce({{ days_outside }} like '%' || cast({{ lesson_date }} as varchar) || '%', false)
{%- endmacro %}

{# Every month with its term, so that days find their term by equality and not by a range. #}
{% macro months_of_terms(terms) -%}
    select
        terms.term_code,
        terms.school_year,
        terms.start_date as term_start_date,
        terms.end_date as term_end_date,
        cast(unnest(generate_series(terms.start_date, terms.end_date, interval 1 month)) as date) as month
    from {{ terms }} as terms
{%- endmacro %}

{# Away all day: every recorded lesson of the day was missed. Of a day without recorded lessons nothing is known. #}
{% macro is_absent_all_day(present_minutes, absence_minutes) -%}
    ({{ present_minutes }} = 0 and {{ absence_minutes }} > 0)
{%- endmacro %}

{# At least so many whole percent of the recorded minutes; multiplied out, so that the limit itself is met exactly. #}
{% macro has_absence_of(absence_minutes, recorded_minutes, least_percent) -%}
    100 * ({{ absence_minutes }}) >= {{ least_percent }} * {{ recorded_minutes }}
{%- endmacro %}

{# Whether a pupil's pattern of absence in a term reaches a threshold; NULL where the pattern is not known. The share
   is compared with the quotient, since it was made as one, so that the limit itself is met exactly. #}
{% macro has_absence_pattern(pattern, threshold) -%}
    case {{ threshold }}.measured_as
        when 'days_in_a_row'
            then
                case {{ threshold }}.absence_kind
                    when 'invalid' then {{ pattern }}.longest_invalid_run
                    else {{ pattern }}.longest_absence_run
                end >= {{ threshold }}.least_days
        when 'days_with_invalid_lesson' then {{ pattern }}.most_days_with_invalid_lesson >= {{ threshold }}.least_days
        when 'share_of_two_months'
            then {{ pattern }}.highest_invalid_share >= cast({{ threshold }}.least_percent as double) / 100
    end
{%- endmacro %}

{# Lessons held and the minutes of a group of lessons, which have `is_offered` and, where recorded, `counts`. #}
{% macro attendance_of_lessons() -%}
    count(*) filter (where is_offered) as lessons,
    coalesce(sum(scheduled_minutes) filter (where is_offered), 0) as scheduled_minutes,
    coalesce(sum(scheduled_minutes) filter (where counts), 0) as recorded_minutes,
    coalesce(sum(present_minutes) filter (where counts), 0) as present_minutes,
    coalesce(sum(valid_absence_minutes) filter (where counts), 0) as valid_absence_minutes,
    coalesce(sum(invalid_absence_minutes) filter (where counts), 0) as invalid_absence_minutes
{%- endmacro %}

{# The sums that attendance indicators are made of, with the given ways of counting pupils. #}
{% macro attendance_sums(pupils, pupils_recorded) -%}
    {{ pupils }} as pupils,
    {{ pupils_recorded }} as pupils_recorded,
    sum(scheduled_minutes) as scheduled_minutes,
    sum(recorded_minutes) as recorded_minutes,
    sum(present_minutes) as present_minutes,
    sum(valid_absence_minutes) as valid_minutes,
    sum(invalid_absence_minutes) as invalid_minutes
{%- endmacro %}

{# The last class of every pupil at a unit in a period, by `keys` of the relation, which has the pupil's person_key, the
   unit's code and the period; memberships may end with the term, before the month does. `first_day` and `last_day`:
   SQL of the period's days, of the relation's columns. #}
{% macro last_classes(relation, keys, first_day, last_day) -%}
    select
        {% for key in keys %}
        {{ relation }}.{{ key }},
        {% endfor %}
        arg_max(
            school_groups.class_label,
            (coalesce(memberships.end_date, date '9999-12-31'), memberships.start_date, school_groups.class_label)
        ) as class_label
    from {{ relation }}
    inner join
        {{ ref('mst_group_membership') }} as memberships
        on
            {{ relation }}.person_key = memberships.person_key
            and {{ relation }}.school_unit_code = memberships.school_unit_code
            and memberships.group_type = 'Klass'
            and memberships.start_date <= {{ last_day }}
            and (memberships.end_date is null or {{ first_day }} <= memberships.end_date)
    inner join {{ ref('mst_group') }} as school_groups on memberships.group_id = school_groups.group_id
    group by {% for key in keys %}{{ relation }}.{{ key }}{{ ", " if not loop.last }}{% endfor %}
{%- endmacro %}
