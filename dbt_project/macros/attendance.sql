{# Rules of attendance. #}

{# A lesson without minutes is cancelled: it was not offered and is in no denominator. #}
{% macro is_offered_lesson(scheduled_minutes) -%}
    coalesce({{ scheduled_minutes }} > 0, false)
{%- endmacro %}

{# An unrecorded lesson is neither presence nor absence: it counts in coverage alone. #}
{% macro is_recorded_lesson(scheduled_minutes, is_recorded) -%}
    (coalesce({{ is_recorded }}, false) and coalesce({{ scheduled_minutes }} > 0, false))
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

{# The sums that attendance indicators are made of, with the given ways of counting pupils. #}
{% macro attendance_sums(pupils, pupils_recorded) -%}
    {{ pupils }} as pupils,
    {{ pupils_recorded }} as pupils_recorded,
    sum(scheduled_minutes) as scheduled_minutes,
    sum(recorded_minutes) as recorded_minutes,
    sum(present_minutes) as present_minutes,
    sum(valid_absence_minutes + invalid_absence_minutes) as absence_minutes
{%- endmacro %}
