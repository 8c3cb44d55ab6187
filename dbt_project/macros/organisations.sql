{# Type of principal from its organisation number: municipalities' numbers begin with 212000, regions' with 2321. #}
{% macro principal_type(organisation_number) -%}
    case
        when replace({{ organisation_number }}, '-', '') like '212000%' then 'Kommunal'
        when replace({{ organisation_number }}, '-', '') like '2321%' then 'Region'
        when replace({{ organisation_number }}, '-', '') like '2021%' then 'Statlig'
        when {{ organisation_number }} is not null then 'Enskild'
    end
{%- endmacro %}

{# The programme that a study path belongs to: three letters for an introduction programme (IMSPR), two for others
   (NANAT00). #}
{% macro programme_of(education_code) -%}
    substr({{ education_code }}, 1, case when {{ education_code }} like 'IM%' then 3 else 2 end)
{%- endmacro %}
