{# How raw text becomes a typed value. What cannot be read becomes NULL; the gate of raw has counted it by then. #}

{% macro as_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{% macro as_code(column) -%}
    nullif(upper(trim({{ column }})), '')
{%- endmacro %}

{% macro as_integer(column) -%}
    try_cast(trim({{ column }}) as bigint)
{%- endmacro %}

{# With spaces between the thousands (ordinary, no-break or narrow) or with a sign for percent after the number, where
   the contract says so. A percentage stays a number between 0 and 100. #}
{% macro as_decimal_comma(column, thousands=false, percent=false) -%}
    {%- set text = 'trim(' ~ column ~ ')' -%}
    {%- if percent -%}{%- set text = "rtrim(" ~ text ~ ", '   %')" -%}{%- endif -%}
    {%- if thousands -%}{%- set text = "regexp_replace(" ~ text ~ ", '[   ]', '', 'g')" -%}{%- endif -%}
    try_cast(replace({{ text }}, ',', '.') as double)
{%- endmacro %}

{# With the forms that the contract's `formats` lists, in its order; ISO dates are always read. #}
{% macro as_date(column, formats=[]) -%}
    {%- if formats -%}
    coalesce(try_cast(trim({{ column }}) as date), cast(try_strptime(trim({{ column }}), {{ formats }}) as date))
    {%- else -%}
    try_cast(trim({{ column }}) as date)
    {%- endif -%}
{%- endmacro %}

{# A point in time (UTC): RFC 3339 with Z or an offset as it says; without a zone, Swedish local time. Other forms as
   the contract's `formats` lists them. #}
{% macro as_utc_timestamp(column, formats=[]) -%}
    case
        when regexp_matches(trim({{ column }}), ':[0-9.]+ ?([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)$')
            then try_cast(trim({{ column }}) as timestamptz)
        {%- if formats %}
        else coalesce(try_cast(trim({{ column }}) as timestamp), try_strptime(trim({{ column }}), {{ formats }}))
            at time zone 'Europe/Stockholm'
        {%- else %}
        else try_cast(nullif(trim({{ column }}), '') as timestamp) at time zone 'Europe/Stockholm'
        {%- endif %}
    end
{%- endmacro %}

{# Local time of day as text 'HH:MM': Delta has no type for it. #}
{% macro as_local_time(column) -%}
    substr(cast(try_cast(nullif(trim({{ column }}), '') as time) as varchar), 1, 5)
{%- endmacro %}

{% macro as_boolean(column) -%}
    case
        when lower(trim({{ column }})) in ('j', 'ja', 'true', '1', 'y', 's') then true
        when lower(trim({{ column }})) in ('n', 'nej', 'false', '0') then false
    end
{%- endmacro %}

{# A published cell holds a number or a mark (.., ., ~100): both are kept, as two columns. #}
{% macro marked_value(column) -%}
    try_cast(replace(replace(replace({{ column }}, ' ', ''), chr(160), ''), ',', '.') as double)
{%- endmacro %}

{% macro marked_mark(column) -%}
    case
        when {{ marked_value(column) }} is null then nullif(trim({{ column }}), '')
    end
{%- endmacro %}

{# The codes in a JSON list of text, as 'FKLASS,GR'; with an attribute, in a list of objects that have it. DuckDB's JSON
   functions; another engine has its own. #}
{% macro json_codes(column, attribute=none) -%}
    {% if attribute is none -%}
    nullif(array_to_string(list_sort(try_cast(try_cast({{ column }} as json) as varchar [])), ','), '')
    {%- else -%}
    nullif(array_to_string(list_sort(json_extract_string({{ column }}, '$[*].{{ attribute }}')), ','), '')
    {%- endif %}
{%- endmacro %}

{# The town of the visiting address in Skolenhetsregistret's list of addresses, else of the first one. #}
{% macro visiting_locality(column) -%}
    case
        {%- for place in range(4) %}
        when json_extract_string({{ column }}, '$[{{ place }}].type') = 'BESOKSADRESS'
            then json_extract_string({{ column }}, '$[{{ place }}].locality')
        {%- endfor %}
        else json_extract_string({{ column }}, '$[0].locality')
    end
{%- endmacro %}
