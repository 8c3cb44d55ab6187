{# Rules of attendance, and how the tables per month and per term find what has changed. #}

{# A lesson without minutes is cancelled: it was not offered and is in no denominator. #}
{% macro is_offered_lesson(scheduled_minutes) -%}
    coalesce({{ scheduled_minutes }} > 0, false)
{%- endmacro %}

{# An unrecorded lesson is neither presence nor absence: it counts in coverage alone. #}
{% macro is_recorded_lesson(scheduled_minutes, is_recorded) -%}
    (coalesce({{ is_recorded }}, false) and coalesce({{ scheduled_minutes }} > 0, false))
{%- endmacro %}

{# The first days of the months whose lessons differ from what `target` was built from: by number of rows and latest
   load, so that corrections, removed rows and pupils who have been taken out are all noticed. Reads two narrow
   columns of history; an empty list means that nothing changed. #}
{% macro changed_attendance_months(lessons, target) -%}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% set query %}
        with present as (
            select
                cast(date_trunc('month', lesson_date) as date) as month,
                count(*) as rows_read,
                max(_load) as latest_load
            from {{ lessons }}
            group by 1
        ),
        built as (
            select month, cast(sum(rows_read) as bigint) as rows_read, max(_load) as latest_load
            from {{ target }}
            group by month
        )
        select cast(coalesce(present.month, built.month) as varchar) as month
        from present
        full outer join built on present.month = built.month
        where
            present.rows_read is distinct from built.rows_read
            or present.latest_load is distinct from built.latest_load
        order by 1
    {% endset %}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}

{# Condition that keeps the lessons of the given months. The range is written out so that Parquet files and row
   groups outside it are not read. #}
{% macro in_months(date_column, months) -%}
    {%- if months %}
    {{ date_column }} >= date '{{ months[0] }}'
    and {{ date_column }} < cast(date '{{ months[-1] }}' + interval 1 month as date)
    and cast(date_trunc('month', {{ date_column }}) as date) in (
        {%- for month in months %}date '{{ month }}'{{ ', ' if not loop.last }}{% endfor -%}
    )
    {%- else %}
    false
    {%- endif %}
{%- endmacro %}

{# Deletes the changed months from `target`, so that they can be added anew, and returns them. A run that stops between
   the two finds them missing, hence changed, the next time. Only a run deletes; compiling and testing do not. #}
{% macro take_out_changed_months(lessons, target) -%}
    {% set months = changed_attendance_months(lessons, target) %}
    {% if months and flags.WHICH in ('run', 'build') %}
        {% do run_query('delete from ' ~ target ~ ' where ' ~ in_months('month', months)) %}
    {% endif %}
    {{ return(months) }}
{%- endmacro %}

{# The first days of all months of the terms whose lessons differ from what `target` was built from. `months` is the
   monthly table, already up to date: it knows its rows and loads, so that no lesson is read to find out. #}
{% macro months_of_changed_terms(months, terms, target) -%}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% set query %}
        with present as (
            select
                terms.start_date as term_start_date,
                cast(sum(months.rows_read) as bigint) as rows_read,
                max(months._load) as latest_load
            from {{ months }} as months
            inner join {{ terms }} as terms on months.month between terms.start_date and terms.end_date
            group by terms.start_date
        ),
        built as (
            select term_start_date, cast(sum(rows_read) as bigint) as rows_read, max(_load) as latest_load
            from {{ target }}
            group by term_start_date
        ),
        changed as (
            select coalesce(present.term_start_date, built.term_start_date) as term_start_date
            from present
            full outer join built on present.term_start_date = built.term_start_date
            where
                present.rows_read is distinct from built.rows_read
                or present.latest_load is distinct from built.latest_load
        )
        select cast(term_months.month as varchar) as month
        from ({{ months_of_terms(terms) }}) as term_months
        inner join changed on term_months.term_start_date = changed.term_start_date
        order by 1
    {% endset %}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}

{# As `take_out_changed_months`, for a table per term: deletes the changed terms and returns their months. #}
{% macro take_out_changed_terms(months, terms, target) -%}
    {% set changed = months_of_changed_terms(months, terms, target) %}
    {% if changed and flags.WHICH in ('run', 'build') %}
        {% do run_query('delete from ' ~ target ~ ' where ' ~ in_months('term_start_date', changed)) %}
    {% endif %}
    {{ return(changed) }}
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
