{# Rules of surveys. #}

{# A respondent's index: the mean of the answers that count, where at least half of the questions have one. #}
{% macro index_of_respondent(answer_value, counts_in_index) -%}
    case
        when 2 * count(*) filter (where {{ counts_in_index }}) >= count(*)
            then avg({{ answer_value }}) filter (where {{ counts_in_index }})
    end
{%- endmacro %}
