{# Type of principal from its organisation number: municipalities' numbers begin with 212000, regions' with 2321. #}
{% macro principal_type(organisation_number) -%}
    case
        when replace({{ organisation_number }}, '-', '') like '212000%' then 'Kommunal'
        when replace({{ organisation_number }}, '-', '') like '2321%' then 'Region'
        when replace({{ organisation_number }}, '-', '') like '2021%' then 'Statlig'
        when {{ organisation_number }} is not null then 'Enskild'
    end
{%- endmacro %}

{# Ten digits: without hyphen, and without the century that some registers put before. #}
{% macro organisation_number_of(column) -%}
    right(replace({{ column }}, '-', ''), 10)
{%- endmacro %}

{# The programme that a study path belongs to: three letters for an introduction programme (IMSPR), two for others
   (NANAT00). #}
{% macro programme_of(education_code) -%}
    substr({{ education_code }}, 1, case when {{ education_code }} like 'IM%' then 3 else 2 end)
{%- endmacro %}

{# School units, numbered by code: `nth` 1 is the record that counts if the register of pupils has a code twice, the one
   that lasts longest. #}
{% macro school_units_of(organisations) %}
    select
        *,
        row_number() over (
            partition by school_unit_code
            order by coalesce(end_date, date '9999-12-31') desc, start_date desc, organisation_id asc
        ) as nth
    from {{ organisations }}
    where organisation_type = 'Skolenhet' and school_unit_code is not null
{% endmacro %}

{# The school form under which a unit's work is counted: förskoleklass under grundskola, whose units have it. #}
{% macro with_grundskola(school_form_code) -%}
    case {{ school_form_code }} when 'FKLASS' then 'GR' else {{ school_form_code }} end
{%- endmacro %}
