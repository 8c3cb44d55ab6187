{# How pupils' rows become cells, and how a computed value becomes a published one. #}

{# Every row four times: its unit and its municipality, all pupils and its sex. Averages are thus always computed from
   pupil rows, never from averages. Needs columns school_unit_code, municipality_code and sex_code. #}
{% macro scoped_rows(relation) %}
    select
        scopes.level,
        case scopes.level when 'unit' then rows_in.school_unit_code else rows_in.municipality_code end as entity_code,
        scopes.breakdown,
        case scopes.breakdown when 'sex' then rows_in.sex_code else 'all' end as breakdown_value,
        rows_in.*
    from {{ relation }} as rows_in
    cross join (
        select 'unit' as level, 'all' as breakdown
        union all
        select 'unit', 'sex'
        union all
        select 'municipality', 'all'
        union all
        select 'municipality', 'sex'
    ) as scopes
    where
        case scopes.level when 'unit' then rows_in.school_unit_code else rows_in.municipality_code end is not null
        and case scopes.breakdown when 'sex' then rows_in.sex_code else 'all' end is not null
{% endmacro %}

{# Long form of a wide table of cells: one row per indicator. `measures` is a list of
   (indicator_id, numerator, weight, pupils, counted): SQL of each; `counted` is NULL where a numerator of pupils has
   no meaning (means and ratios of minutes or posts). #}
{% macro cells_by_indicator(relation, measures) %}
    {% for indicator_id, numerator, weight, pupils, counted in measures %}
    select
        {{ indicator_id }} as indicator_id,
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        cast({{ numerator }} as double) / nullif(cast({{ weight }} as double), 0) as value,
        cast({{ pupils }} as bigint) as n_denominator,
        cast({{ counted or 'null' }} as bigint) as n_numerator
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endmacro %}

{# Rounding half away from zero. The addend lifts halves that binary numbers hold a hair too low (121.25, 45.45). #}
{% macro round_half_away(value, decimals) -%}
    round({{ value }} + sign({{ value }}) * 1e-9, {{ decimals }})
{%- endmacro %}

{# In the unit that people read: percent for shares, points for means; one decimal. #}
{% macro published_value(value, unit) -%}
    {{ round_half_away("case when " ~ unit ~ " in ('percent', 'percentage_points') then 100 * " ~ value ~ " else " ~ value ~ " end", 1) }}
{%- endmacro %}
