{# Dated rows of one key follow each other: none begins before the one before it has ended, none ends before it begins.
   With `without_gaps` none begins later either. `valid_to` is the first day on which a row no longer holds. #}
{% test periods_do_not_overlap(model, key, without_gaps=false) %}

    select *
    from (
        select
            *,
            lead(valid_from) over (
                {% if key %}partition by {{ key | join(', ') }}{% endif %} order by valid_from
            ) as next_from
        from {{ model }}
    ) as ordered
    where
        valid_to <= valid_from
        or next_from < coalesce(valid_to, date '9999-12-31')
        {% if without_gaps %}or next_from > valid_to{% endif %}

{% endtest %}
