{# Rules of disclosure control. Every threshold comes from ref_suppression_policy. #}

{# Fewer than the policy's least number of pupils (or teachers): neither the value nor the number is shown (R1). #}
{% macro is_too_few(n, k_least) -%}
    {{ n }} < {{ k_least }}
{%- endmacro %}

{# A number of pupils so small that it points at somebody, but not none (R2). #}
{% macro is_unsafe_count(count) -%}
    coalesce({{ count }} between 1 and k_comp - 1, false)
{%- endmacro %}

{# Whether the register lets an audience have an indicator at all: `audiences` has names with spaces between. #}
{% macro is_for_audience(audiences, audience) -%}
    ' ' || {{ audiences }} || ' ' like '% ' || {{ audience }} || ' %'
{%- endmacro %}

{# One condition over a group, without the row itself: does any of the others have it? #}
{% macro any_other(condition, partition) -%}
    count(case when {{ condition }} then 1 end) over (partition by {{ partition }})
    - case when {{ condition }} then 1 else 0 end > 0
{%- endmacro %}
