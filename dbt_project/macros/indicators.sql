{# How pupils' rows become cells, and how a computed value becomes a published one. #}

{# Every row four times: its unit and its municipality, all pupils and its sex; with `by_class` also its class at the
   unit. Averages are thus always computed from pupil rows, never from averages. Needs columns school_unit_code,
   municipality_code and sex_code, and class_label for classes. #}
{% macro scoped_rows(relation, by_class=false, of_whole={}) %}
    select
        scopes.level,
        case scopes.level when 'unit' then rows_in.school_unit_code else rows_in.municipality_code end as entity_code,
        scopes.breakdown,
        {{ breakdown_value('rows_in', by_class, of_whole) }} as breakdown_value,
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
        {%- if by_class %}
        union all
        select 'unit', 'class'
        {%- endif %}
        {%- for breakdown in of_whole %}
        union all
        select 'municipality', '{{ breakdown }}'
        {%- endfor %}
    ) as scopes
    where
        case scopes.level when 'unit' then rows_in.school_unit_code else rows_in.municipality_code end is not null
        and {{ breakdown_value('rows_in', by_class, of_whole) }} is not null
{% endmacro %}

{# The group that a row belongs to in a breakdown; NULL where it is not known. #}
{% macro breakdown_value(relation, by_class, of_whole) -%}
    case scopes.breakdown
        when 'sex' then {{ relation }}.sex_code
        {%- if by_class %}
        when 'class' then {{ class_name(relation ~ '.class_label') }}
        {%- endif %}
        {%- for breakdown, column in of_whole.items() %}
        when '{{ breakdown }}' then {{ relation }}.{{ column }}
        {%- endfor %}
        else 'all'
    end
{%- endmacro %}

{# Whether a pupil lives in the municipality where the school is; NULL where the home is not known. #}
{% macro home_group(home_municipality_code, municipality_code) -%}
    case
        when {{ home_municipality_code }} = {{ municipality_code }} then 'Egen kommun'
        when {{ home_municipality_code }} <> {{ municipality_code }} then 'Annan kommun'
    end
{%- endmacro %}

{# A class among the groups of a breakdown: with the word before it, so that no class can be taken for a sex. #}
{% macro class_name(class_label) -%}
    'Klass ' || {{ class_label }}
{%- endmacro %}

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
