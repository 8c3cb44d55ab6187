{# School years and months. #}

{# '2024/25' for the spring term of 2025. #}
{% macro school_year_of_spring(spring_year) -%}
    cast({{ spring_year }} - 1 as varchar) || '/' || lpad(cast({{ spring_year }} % 100 as varchar), 2, '0')
{%- endmacro %}

{# The day of a given month and day in a year, for rules that are kept as data. #}
{% macro day_in_year(year, month, day) -%}
    cast(
        cast({{ year }} as varchar) || '-' || lpad(cast({{ month }} as varchar), 2, '0') || '-'
        || lpad(cast({{ day }} as varchar), 2, '0') as date
    )
{%- endmacro %}

{# '2026-03' for a day in March 2026. #}
{% macro month_name(date) -%}
    substr(cast({{ date }} as varchar), 1, 7)
{%- endmacro %}

{# A dated rule holds on a day when it began on or before it and had not ended. #}
{% macro holds_on(rule, day) -%}
    {{ rule }}.valid_from <= {{ day }}
    and ({{ rule }}.valid_to is null or {{ day }} < {{ rule }}.valid_to)
{%- endmacro %}
