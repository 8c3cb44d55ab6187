{# One row per key, and every part of the key is there (but for the columns named in may_be_empty): returns the keys
   that come more than once or lack a part. One test per model keeps the nightly run short. #}
{% test one_row_per_key(model, key, may_be_empty=[]) %}

    select
        {{ key | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ key | join(', ') }}
    having
        count(*) > 1
        {% for column in key if column not in may_be_empty -%}
        or {{ column }} is null
        {% endfor %}

{% endtest %}
