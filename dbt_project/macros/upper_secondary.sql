{# Rules of upper secondary school that hold for courses (Gy11) and subject grades (Gy25) alike. #}

{# The part of a programme that is in no average: the diploma project. The word is SS 12000's. #}
{% macro is_diploma_project(category) -%}
    coalesce({{ category }} = 'Gymnasiearbete', false)
{%- endmacro %}

{# 1 of SVESVE01, 5 of ENGENG05, 1 of MATMAT01b: what a course of Gy11 has in place of a level. #}
{% macro number_of_course(code) -%}
    try_cast(nullif(regexp_extract({{ code }}, '([0-9]+)[a-z0-9]*$', 1), '') as bigint)
{%- endmacro %}

{# Which of a pupil's grades count, and as what. `owner` names the columns that say whose grades they are.

   A course or level graded more than once counts once: as the latest passed grade, else as the latest one. A course
   counts as its own grade. A subject has one grade, the passed one at its highest level, and that grade counts for the
   credits of all levels up to it; a level above it that is not passed counts as the F that it is. Source: Skolverket,
   Gy25; that a failed level above keeps its F has not been read off Skolverket. #}
{% macro counted_grades(relation, owner) %}
    {%- set subject = owner ~ ', grade_kind, code' %}
    select
        *,
        case
            when not is_counted then null
            when grade_kind = 'subject' and level <= passed_level then max(
                case when is_counted and level = passed_level then grade end
            ) over (partition by {{ subject }})
            else grade
        end as counted_grade,
        case
            when not is_counted then null
            when grade_kind = 'subject' and level <= passed_level then max(
                case when is_counted and level = passed_level then points end
            ) over (partition by {{ subject }})
            else points
        end as counted_points,
        is_counted and (is_passed or coalesce(grade_kind = 'subject' and level <= passed_level, false))
            as is_counted_passed
    from (
        select
            *,
            max(case when is_counted and is_passed and grade_kind = 'subject' then level end) over (
                partition by {{ subject }}
            ) as passed_level
        from (
            select
                *,
                is_graded and row_number() over (
                    partition by {{ owner }}, grade_kind, code, level
                    order by is_graded desc, is_passed desc, graded_on desc, _load desc, school_unit_code asc
                ) = 1 as is_counted
            from {{ relation }}
        ) as latest
    ) as with_level
{% endmacro %}
