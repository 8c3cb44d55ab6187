with year9 as (

    select * from {{ source('history', 'scb__national_test_year9') }}

),

year6 as (

    select * from {{ source('history', 'scb__national_test_year6') }}

),

year3 as (

    select * from {{ source('history', 'scb__national_test_year3') }}

),

-- one row per pupil, subject and part; 'total' is the test grade. The file has one column for each
long as (

    {% for grade_year in [9, 6, 3] %}
    {% for subject, part, kind, column, points in national_test_columns(grade_year) %}
    select
        person_key,
        school_unit_code,
        spring_year,
        {{ grade_year }} as grade_year,
        {{ subject }} as subject_code,
        '{{ part }}' as part,
        '{{ kind }}' as result_kind,
        {{ column }} as result_code,
        cast({{ points }} as double) as part_points,
        _load
    from year{{ grade_year }}
    where {{ column }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- codes of results that do not exist are told apart from results
coded as (

    select
        *,
        result_code in ('99', '88', '77') as is_missing,
        case result_code
            when '99' then 'not_taken'
            when '88' then 'lost'
            when '77' then 'replacement_on_paper'
        end as missing_reason
    from long

),

grade_values as (

    select * from {{ ref('ref_grade_value') }}
    where scale_id = 'A-F'

)

select
    coded.person_key,
    coded.school_unit_code,
    coded.spring_year,
    {{ school_year_of_spring('coded.spring_year') }} as school_year,
    cast(coded.grade_year as bigint) as grade_year,
    coded.subject_code,
    coded.part,
    coded.result_kind,
    case when not coded.is_missing then coded.result_code end as result_code,
    case when not coded.is_missing and coded.result_kind = 'grade' then grade_values.points end as points,
    case when not coded.is_missing then coded.part_points end as part_points,
    coded.missing_reason,
    coded._load
from coded
left join grade_values on coded.result_code = grade_values.grade
where coded.subject_code is not null
