{# Rules of surveys. #}

{# A respondent's index: the mean of the answers that count, where at least half of the questions have one. A decimal,
   so that sums of it are the same in whatever order they are made. #}
{% macro index_of_respondent(answer_value, counts_in_index) -%}
    case
        when 2 * count(*) filter (where {{ counts_in_index }}) >= count(*)
            then cast(avg({{ answer_value }}) filter (where {{ counts_in_index }}) as decimal(12, 8))
    end
{%- endmacro %}
