{#
    A table in the working database, written where it shall be. dbt-duckdb's own writes it beside and changes names, so
    that others can read meanwhile: here nobody can, since a night works on a database of its own (`workbench`). It also
    looks for hooks, grants, indexes and comments, of which this project has none. A third of dbt's time of a night.
#}
{% materialization table, adapter="duckdb", supported_languages=['sql', 'python'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {% if existing is not none %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement('main', language=model['language']) -%}
        {{- create_table_as(False, target, compiled_code, model['language']) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
