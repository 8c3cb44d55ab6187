with delivered as (

    select * from {{ source('history', 'bakgrund__unit_factors') }}

),

school_years as (

    select * from {{ ref('ref_school_year') }}

)

select
    delivered.school_unit_code,
    school_years.school_year,
    cast(delivered.spring_year as bigint) as spring_year,
    cast(delivered.pupils_value as bigint) as pupils,
    delivered.parents_education_value as parents_education,
    delivered.share_boys_value as share_boys,
    delivered.share_newly_arrived_value as share_newly_arrived,
    delivered.share_known_value as share_known,
    coalesce(
        delivered.parents_education_mark, delivered.share_boys_mark, delivered.share_newly_arrived_mark,
        delivered.share_known_mark
    ) as mark,
    delivered._load
from delivered
inner join school_years on delivered.spring_year = school_years.spring_year
