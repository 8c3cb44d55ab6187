{# Of several records of the same thing (a person whom a source has twice, say) the one known last. Survivorship per
   attribute is not decided here: one record counts whole. #}

{% macro latest_of(relation, columns) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ columns | join(', ') }} order by _recorded_at desc, _load desc, _row desc
            ) as _nth
        from {{ relation }}
    ) as numbered
    where _nth = 1
{%- endmacro %}
