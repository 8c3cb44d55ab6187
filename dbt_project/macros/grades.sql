{# Grades in SCB's layouts: which columns there are, and how a wide row becomes one row per subject. #}

{% macro year9_subjects() -%}
    {{ return([
        'BL', 'EN', 'HKK', 'IDH', 'MA', 'M1', 'M2', 'ML', 'MU', 'BI', 'FY', 'KE', 'GE', 'HI', 'RE', 'SH', 'SL', 'SV',
        'SVA', 'TN', 'TK', 'OVR'
    ]) }}
{%- endmacro %}

{% macro year6_subjects() -%}
    {{ return(year9_subjects() + ['NO', 'SO']) }}
{%- endmacro %}

{# One row per pupil and subject that has any value: a plain read of the wide table, no engine-specific unpivot; with
   the columns `also`. #}
{% macro grades_by_subject(relation, subjects, occasion_code, also=[]) %}
    select
        wide.person_key,
        wide.school_unit_code,
        wide.spring_year,
        wide.class_label,
        '{{ occasion_code }}' as occasion_code,
        subjects.subject_code,
        case subjects.subject_code
            {% for subject in subjects -%}
            when '{{ subject }}' then wide.grade_{{ subject | lower }}
            {% endfor %}
        end as grade,
        case subjects.subject_code
            when 'M1' then wide.m1_language
            when 'M2' then wide.m2_language
            when 'ML' then wide.ml_language
        end as language_code,
        {{ carried('wide', also) }}
        wide._load
    from {{ relation }} as wide
    cross join {{ ref('ref_subject') }} as subjects
    where subjects.subject_code in ({% for subject in subjects %}'{{ subject }}'{{ ', ' if not loop.last }}{% endfor %})
{% endmacro %}

{# Points of a part of a national test: a whole number below 77. From 77 on it is a code (77, 88, 99), never points. #}
{% macro as_points(column) -%}
    case when try_cast({{ column }} as bigint) between 0 and 76 then try_cast({{ column }} as bigint) end
{%- endmacro %}

{# True for Swedish and Swedish as a second language when the same pupil has a grade in both at one occasion. #}
{% macro is_conflicting_pair(subject_code, has_value) -%}
    {{ subject_code }} in ('SV', 'SVA')
    and {{ has_value }}
    and count(case when {{ subject_code }} in ('SV', 'SVA') and {{ has_value }} then 1 end) over (
        partition by person_key, school_unit_code, spring_year, occasion_code
    ) > 1
{%- endmacro %}

{# Pupils who, on a day, are enrolled in anpassad grundskola (also those integrated in a class of grundskolan):
   they follow another syllabus and are in no result figure of grundskolan. #}
{% macro is_in_adapted_school(enrolments, person_key, day) -%}
    exists (
        select 1
        from {{ enrolments }} as adapted
        where
            adapted.person_key = {{ person_key }}
            and adapted.school_form_code = 'GRAN'
            and adapted.start_date <= {{ day }}
            and (adapted.end_date is null or {{ day }} <= adapted.end_date)
    )
{%- endmacro %}

{# National tests in SCB's layouts, by grade year: SQL for the subject, the part, what its cell holds, the column, and
   the column of its points where there is one. #}
{% macro national_test_columns(grade_year) -%}
    {%- set swedish = "case sv_syllabus when '2' then 'SVA' when '1' then 'SV' end" -%}
    {%- set tests = {
        9: [
            ("'MA'", 'ma', ['a', 'b', 'c', 'd'], 'participation', []),
            (swedish, 'sv', ['a', 'b', 'c'], 'grade', []),
            ("'EN'", 'en', ['a', 'b', 'c'], 'grade', []),
            ('no_test_subject', 'no', ['a', 'b'], 'participation', []),
            ('so_test_subject', 'so', ['a', 'b'], 'participation', []),
        ],
        6: [
            ("'MA'", 'ma', ['a', 'b', 'c', 'd', 'e'], 'participation', []),
            (swedish, 'sv', ['a', 'b', 'c'], 'participation', ['a', 'b', 'c']),
            ("'EN'", 'en', ['a', 'b', 'c'], 'participation', ['a', 'b', 'c']),
        ],
        3: [
            ("'MA'", 'ma', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'g1', 'g2'], 'passed',
                ['b', 'c', 'd', 'e', 'f', 'g', 'g1', 'g2']),
            (swedish, 'sv', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 'passed', ['b', 'c']),
        ],
    } -%}
    {%- set suffixes = {'grade': 'part_grade', 'participation': 'participated', 'passed': 'result'} -%}
    {%- set columns = [] -%}
    {%- for subject, prefix, parts, kind, with_points in tests[grade_year] -%}
        {%- for part in parts -%}
            {%- set points = prefix ~ '_' ~ part ~ '_points' if part in with_points else 'cast(null as double)' -%}
            {%- do columns.append((subject, part | upper, kind, prefix ~ '_' ~ part ~ '_' ~ suffixes[kind], points)) -%}
        {%- endfor -%}
        {%- if grade_year != 3 -%}
            {%- do columns.append((subject, 'total', 'grade', prefix ~ '_test_grade', 'cast(null as double)')) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{# The grade beside the national test's: higher, equal or lower. #}
{% macro relation_to_test(grade_points, test_points) -%}
    case sign({{ grade_points }} - {{ test_points }}) when 1 then 'higher' when 0 then 'equal' else 'lower' end
{%- endmacro %}
