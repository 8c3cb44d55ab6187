with units as (

    select * from {{ ref('mst_school_unit') }}

),

final_grades as (

    select * from {{ source('history', 'scb__final_grade_year9') }}

),

year6_grades as (

    select * from {{ source('history', 'scb__grade_year6') }}

),

-- the municipality that most units lie in is the one whose data this is
own as (

    select municipality_code
    from units
    where municipality_code is not null
    group by municipality_code
    order by count(*) desc, municipality_code asc
    limit 1

),

-- a union without all: each code once
codes as (

    select school_unit_code from units
    union
    select school_unit_code from final_grades
    union
    select school_unit_code from year6_grades

)

select
    codes.school_unit_code,
    coalesce(units.municipality_code, own.municipality_code) as municipality_code,
    units.principal_type,
    units.school_unit_code is not null as is_in_register
from codes
left join units on codes.school_unit_code = units.school_unit_code
left join own on true
