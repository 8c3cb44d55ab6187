{# How the tables of attendance per month and per term find what has changed, so that only that is read and computed.
   What has changed is a list of places: the first day of a month, and a school unit. #}

{# The months and units whose lessons differ from what `target` was built from: by number of rows and latest load, so
   that corrections, removed rows and pupils who have been taken out are all noticed; and those where a pupil's days
   outside enrolment are others. Reads three narrow columns of history; an empty list means that nothing changed. #}
{% macro changed_attendance_months(lessons, spans, target) -%}
    {% set present %}
        select
            cast(date_trunc('month', lesson_date) as date) as month,
            school_unit_code,
            count(*) as rows_read,
            max(_load) as latest_load
        from {{ lessons }}
        group by 1, 2
    {% endset %}
    {% set query %}
        {{ differing(present, target, 'month') }}
        union
        select
            built.month,
            built.school_unit_code
        from {{ target }} as built
        left join
            ({{ days_outside_enrolment(target, spans) }}) as now_outside
            on
                built.person_key = now_outside.person_key
                and built.school_unit_code = now_outside.school_unit_code
                and built.month = now_outside.month
        where built.days_outside is distinct from now_outside.days_outside
    {% endset %}
    {{ return(places_of(query)) }}
{%- endmacro %}

{# All months of the terms and units whose lessons differ from what `target` was built from. `months` is the monthly
   table, already up to date: it knows its rows and loads, so that no lesson is read to find out. #}
{% macro months_of_changed_terms(months, terms, target) -%}
    {% set present %}
        select
            terms.start_date as term_start_date,
            months.school_unit_code,
            cast(sum(months.rows_read) as bigint) as rows_read,
            max(months._load) as latest_load,
            {{ all_days_outside('months.person_key', 'months.days_outside') }} as days_outside
        from {{ months }} as months
        inner join {{ terms }} as terms on months.month between terms.start_date and terms.end_date
        group by terms.start_date, months.school_unit_code
    {% endset %}
    {% set query %}
        select term_months.month, changed.school_unit_code
        from ({{ months_of_terms(terms) }}) as term_months
        inner join
            ({{ differing(present, target, 'term_start_date', all_days_outside('person_key', 'days_outside')) }}) as changed
            on term_months.term_start_date = changed.term_start_date
    {% endset %}
    {{ return(places_of(query)) }}
{%- endmacro %}

{# The days outside enrolment of all pupils of a group of rows, as one text that is the same for the same days. #}
{% macro all_days_outside(person_key, days_outside) -%}
    string_agg({{ person_key }} || ' ' || {{ days_outside }}, ' ' order by {{ person_key }}, {{ days_outside }})
{%- endmacro %}

{# The periods (by the column `since`) and units that `present` and `target` do not tell the same of; of days outside
   enrolment only where it is said how `target` tells them. #}
{% macro differing(present, target, since, days_outside=none) -%}
    select
        coalesce(present.{{ since }}, built.{{ since }}) as {{ since }},
        coalesce(present.school_unit_code, built.school_unit_code) as school_unit_code
    from ({{ present }}) as present
    full outer join
        (
            select
                {{ since }},
                school_unit_code,
                cast(sum(rows_read) as bigint) as rows_read,
                max(_load) as latest_load
                {%- if days_outside %},
                {{ days_outside }} as days_outside
                {%- endif %}
            from {{ target }}
            group by {{ since }}, school_unit_code
        ) as built
        on present.{{ since }} = built.{{ since }} and present.school_unit_code = built.school_unit_code
    where
        present.rows_read is distinct from built.rows_read
        or present.latest_load is distinct from built.latest_load
        {%- if days_outside %}
        or present.days_outside is distinct from built.days_outside
        {%- endif %}
{%- endmacro %}

{# The rows of a query as a list of places, in order. #}
{% macro places_of(query) -%}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% set found = run_query('select cast(month as varchar), school_unit_code from (' ~ query ~ ') order by 1, 2') %}
    {{ return(found.rows | map('list') | list) }}
{%- endmacro %}

{# The rows of the given places. The range of months is written out so that Parquet files and row groups outside it are
   not read. #}
{% macro rows_in_places(relation, date_column, places) -%}
    {%- if places %}
    select rows_in.*
    from {{ relation }} as rows_in
    inner join {{ listed_places(places) }} as places on {{ is_in_place('rows_in', date_column) }}
    where
        rows_in.{{ date_column }} >= date '{{ places[0][0] }}'
        and rows_in.{{ date_column }} < cast(date '{{ places[-1][0] }}' + interval 1 month as date)
    {%- else %}
    select * from {{ relation }}
    where false
    {%- endif %}
{%- endmacro %}

{% macro listed_places(places) -%}
    (
        values
        {%- for month, school_unit_code in places %}
        (date '{{ month }}', '{{ school_unit_code }}'){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro is_in_place(relation, date_column) -%}
    cast(date_trunc('month', {{ relation }}.{{ date_column }}) as date) = places.col0
    and {{ relation }}.school_unit_code = places.col1
{%- endmacro %}

{# Deletes the rows of the places from `target`, so that they can be added anew, and returns the places. A run that
   stops between the two finds them missing, hence changed, the next time. Only a run deletes; compiling and testing do
   not. #}
{% macro take_out(places, target, date_column) -%}
    {% if places and flags.WHICH in ('run', 'build') %}
        {% do run_query(
            'delete from ' ~ target ~ ' as gone using ' ~ listed_places(places) ~ ' as places where '
            ~ is_in_place('gone', date_column)
        ) %}
    {% endif %}
    {{ return(places) }}
{%- endmacro %}
