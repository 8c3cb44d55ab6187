{# Time of two kinds: when something held in the world (valid_from, valid_to) and when we held it true (recorded_from,
   recorded_to). The first of two is part of the span, the second is not; NULL is open. #}

{# What held on a day; a span without a beginning reaches back as far as anyone asks. #}
{% macro valid_on(version, day) -%}
    coalesce({{ version }}.valid_from, date '0001-01-01') <= {{ day }}
    and ({{ version }}.valid_to is null or {{ day }} < {{ version }}.valid_to)
{%- endmacro %}

{# A key of a version that is the same after every rebuild. #}
{% macro version_key(record, recorded_from) -%}
    substr(md5({{ record }} || '|' || cast({{ recorded_from }} as varchar)), 1, 16)
{%- endmacro %}

{# The day from which a version holds, where its source states none: it is known from the day on which it was received,
   but for the first version, which holds since before we asked. #}
{% macro valid_from_receipt(record, recorded_from) -%}
    case
        when row_number() over (partition by {{ record }} order by {{ recorded_from }}) > 1
            then cast({{ recorded_from }} as date)
    end
{%- endmacro %}
