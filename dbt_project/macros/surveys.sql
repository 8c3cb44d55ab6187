{# Rules of surveys. #}

{# A respondent's index: the mean of the answers that count, where at least half of the questions have one. A decimal,
   so that sums of it are the same in whatever order they are made. #}
{% macro index_of_respondent(answer_value, counts_in_index) -%}
    case
        when 2 * count(*) filter (where {{ counts_in_index }}) >= count(*)
            then cast(avg({{ answer_value }}) filter (where {{ counts_in_index }}) as decimal(12, 8))
    end
{%- endmacro %}

{# The mean of all answers of an area, from averages of its items and how many have answered each, where at least half of
   the items count. A decimal too. #}
{% macro mean_of_area(score, answers, is_counted) -%}
    case
        when 2 * count(*) filter (where {{ is_counted }}) >= count(*)
            then cast(
                sum(cast({{ score }} as decimal(9, 4)) * cast({{ answers }} as decimal(9, 0)))
                    filter (where {{ is_counted }})
                / sum({{ answers }}) filter (where {{ is_counted }}) as decimal(12, 8)
            )
    end
{%- endmacro %}
