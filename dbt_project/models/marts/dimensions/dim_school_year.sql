with school_years as (

    select * from {{ ref('ref_school_year') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

)

select
    school_years.school_year,
    school_years.start_date,
    school_years.end_date,
    cast(school_years.spring_year as bigint) as spring_year,
    run_clock.today between school_years.start_date and school_years.end_date as is_current
from school_years
cross join run_clock
