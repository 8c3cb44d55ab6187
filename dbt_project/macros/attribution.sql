{# Where a pupil is counted when something changes during the year. One macro per rule, each with unit tests
   (models/master/_master__unit_tests.yml). Spans have start_date and end_date, both days included. #}

{# The day on which Skolverket and SCB count pupils and staff: 15 October of the autumn term. #}
{% macro count_day(spring_year) -%}
    make_date(cast({{ spring_year }} as bigint) - 1, 10, 15)
{%- endmacro %}

{# A span holds on a day, first and last day included. #}
{% macro holds_during(span, day) -%}
    {{ span }}.start_date <= {{ day }}
    and ({{ span }}.end_date is null or {{ day }} <= {{ span }}.end_date)
{%- endmacro %}

{# Two spans have a day in common. #}
{% macro spans_overlap(one, other) -%}
    {{ one }}.start_date <= coalesce({{ other }}.end_date, date '9999-12-31')
    and {{ other }}.start_date <= coalesce({{ one }}.end_date, date '9999-12-31')
{%- endmacro %}

{# Two enrolments in main school forms, at different school units, on the same day. Grundskola beside anpassad
   grundskola is no conflict: the pupil is integrated, and counted in anpassad grundskola. #}
{% macro enrolments_conflict(one, other) -%}
    {{ one }}.is_main
    and {{ other }}.is_main
    and {{ one }}.school_unit_code <> {{ other }}.school_unit_code
    and {{ one }}.attribution_priority = {{ other }}.attribution_priority
    and {{ spans_overlap(one, other) }}
{%- endmacro %}

{# Of a person's enrolments on a day, the one that counts: the main school form first, then the later one. #}
{% macro order_of_attribution(spans) -%}
    {{ spans }}.attribution_priority asc nulls last, {{ spans }}.start_date desc, {{ spans }}.organisation_id asc
{%- endmacro %}

{# Days between two spans of which the second begins after the first has ended. #}
{% macro days_between(end_date, next_start_date) -%}
    {{ next_start_date }} - {{ end_date }} - 1
{%- endmacro %}

{# A short time between two schools is a move, not an absence from school: the first counts until the second begins. #}
{% macro is_bridged(gap_days, max_gap_days) -%}
    coalesce({{ gap_days }} between 1 and {{ max_gap_days }}, false)
{%- endmacro %}

{# Results belong to the unit that issued them. A pupil in two units' files of one occasion counts at the one with
   most subjects, then at the later file. #}
{% macro order_of_issuing() -%}
    subjects desc, _load desc, school_unit_code asc
{%- endmacro %}

{# A national test is compared with the grade only where one unit gave both; else the pupil has moved. #}
{% macro has_moved_between(test_unit, grade_unit) -%}
    coalesce({{ test_unit }} <> {{ grade_unit }}, true)
{%- endmacro %}

{# A day on which beginning or ending is a move in mid-year: after the count day, before the stage may end. #}
{% macro is_move_in_school_year(day, school_years) -%}
    {{ day }} > {{ school_years }}.snapshot_date and {{ day }} <= {{ school_years }}.last_move_date
{%- endmacro %}

{# The count days that have been, from the school year in which a register was first received: of earlier ones it only
   has those who are still there. `first_received` is a day. Needs the relations school_years and run_clock. #}
{% macro count_days_since(first_received) %}
    select
        school_years.school_year,
        cast(school_years.spring_year as bigint) as spring_year,
        {{ count_day('school_years.spring_year') }} as snapshot_date
    from school_years
    cross join run_clock
    where
        {{ count_day('school_years.spring_year') }} <= run_clock.today
        and school_years.end_date >= {{ first_received }}
{% endmacro %}

{# The same count days, each with the day whose evening is the last on which what becomes known still counts: some days
   after the count, or the day on which `versions` were first received where that is later. `thresholds` is a relation. #}
{% macro frozen_count_days(versions, thresholds) %}
    select
        count_days.school_year,
        count_days.spring_year,
        count_days.snapshot_date,
        greatest(
            count_days.snapshot_date + cast(thresholds.value as integer),
            (select min(cast({{ versions }}._recorded_at as date)) from {{ versions }})
        ) as frozen_on
    from count_days
    inner join
        {{ thresholds }} as thresholds
        on
            thresholds.threshold_id = 'count_freeze_days'
            and {{ holds_on('thresholds', 'count_days.snapshot_date') }}
{% endmacro %}

{# A version was held true in the evening of a day. #}
{% macro known_on(version, day) -%}
    cast({{ version }}._recorded_at as date) <= {{ day }}
    and ({{ version }}._recorded_to is null or {{ day }} < cast({{ version }}._recorded_to as date))
{%- endmacro %}
