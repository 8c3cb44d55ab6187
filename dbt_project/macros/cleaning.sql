{# Cleaning rules: how what schools really write becomes the canonical form. Each is one named macro. #}

{# Canonical grade: A–F, '-' (no basis because of absence; SCB writes 9), and SCB's codes 2, 3, Y, Z as they are.
   Anything else is kept in upper case, so that it shows up among the unmapped codes instead of vanishing. #}
{% macro canonical_grade(column) -%}
    case upper(trim({{ column }}))
        when '' then null
        when '9' then '-'
        when '–' then '-'
        when '—' then '-'
        when '−' then '-'
        when 'STRECK' then '-'
        else upper(trim({{ column }}))
    end
{%- endmacro %}

{# '9A', '9 a', '09A' and '9A (gamla 8A)' are one class. #}
{% macro canonical_class(column) -%}
    nullif(ltrim(upper(replace(split_part({{ column }}, '(', 1), ' ', '')), '0'), '')
{%- endmacro %}

{# Sex as K (girl, woman), M (boy, man) or NULL (not known). #}
{% macro canonical_sex(column) -%}
    case lower(trim({{ column }}))
        when 'kvinna' then 'K'
        when 'k' then 'K'
        when 'flicka' then 'K'
        when 'man' then 'M'
        when 'm' then 'M'
        when 'pojke' then 'M'
    end
{%- endmacro %}

{# Sex from a personal, coordination or TF number: the last digit but one is odd for men. NULL for other forms. #}
{% macro sex_from_number(column) -%}
    case
        when regexp_matches(trim({{ column }}), '^(19|20)?[0-9]{6}[-+]?([0-9]{4}|TF[0-9]{2})$') then
            case
                when substr(trim({{ column }}), length(trim({{ column }})) - 1, 1) in ('1', '3', '5', '7', '9') then 'M'
                else 'K'
            end
    end
{%- endmacro %}

{# Municipality codes are four digits with leading zeros; the SS 12000 standard sends an integer. #}
{% macro canonical_municipality(column) -%}
    case
        when length(trim({{ column }})) between 1 and 4 then lpad(trim({{ column }}), 4, '0')
        else nullif(trim({{ column }}), '')
    end
{%- endmacro %}
