{# Results against pupils' background. #}

{# A unit's average merit value as SALSA's line gives it; shares are percent. NULL where a factor is withheld. #}
{% macro expected_merit_value(model, unit) -%}
    {{ model }}.intercept
    + {{ model }}.parents_education * {{ unit }}.parents_education
    + {{ model }}.share_boys * {{ unit }}.share_boys / 100
    + {{ model }}.share_newly_arrived * {{ unit }}.share_newly_arrived / 100
{%- endmacro %}
