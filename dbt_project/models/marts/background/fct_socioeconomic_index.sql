with delivered as (

    select * from {{ source('history', 'bakgrund__socioeconomic_index') }}

),

school_years as (

    select * from {{ ref('ref_school_year') }}

)

-- the index of a budget year is that of the pupils of the autumn before
select
    delivered.school_unit_code,
    school_years.school_year,
    cast(delivered.budget_year as bigint) as budget_year,
    {{ count_day('school_years.spring_year') }} as counted_on,
    cast(delivered.pupils_value as bigint) as pupils,
    delivered.risk_index_value as socioeconomic_index,
    delivered.risk_index_mark as mark,
    delivered._load
from delivered
inner join school_years on delivered.budget_year = school_years.spring_year
