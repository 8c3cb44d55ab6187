{# One row per key, where the key has several columns: returns the keys that come more than once. #}
{% test one_row_per_key(model, key) %}

    select
        {{ key | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ key | join(', ') }}
    having count(*) > 1

{% endtest %}
