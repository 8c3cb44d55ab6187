{# One row per record, attribute and source that states a value. `stated`: a list of source name, relation and column.
   `record` names the column that says which record it is, `when_known` orders a source's own rows. #}
{% macro stated_values(record, attribute, stated, when_known='_load') -%}
    {% for dataset, relation, column in stated -%}
    select
        {{ record }},
        '{{ attribute }}' as attribute,
        '{{ dataset }}' as dataset,
        cast(arg_max({{ column }}, ({{ when_known }}, _row)) as varchar) as value,
        max(_load) as _load
    from {{ relation }}
    where {{ column }} is not null and {{ record }} is not null
    group by {{ record }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}

{# Of what sources state of one attribute, the value that counts: the source that ref_survivorship ranks first among
   those that state any. Says why, and whether another source states something else. #}
{% macro surviving(values_of, rules, record) -%}
    select
        said.{{ record }},
        said.attribute,
        said.dataset,
        said.value,
        rules.survivorship_rank,
        row_number() over (
            partition by said.{{ record }}, said.attribute
            order by rules.survivorship_rank asc nulls last, said.dataset asc
        ) = 1 as is_surviving,
        -- distinct: sources that state the same agree
        count(distinct said.value) over (partition by said.{{ record }}, said.attribute) > 1 as is_conflicting,
        rules.reason_sv,
        said._load
    from {{ values_of }} as said
    left join {{ rules }} as rules on said.attribute = rules.attribute and said.dataset = rules.dataset
{%- endmacro %}
