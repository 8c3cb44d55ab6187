with grade_years as (

    select * from {{ ref('ref_grade_year') }}

)

select
    school_form_code,
    cast(grade_year as bigint) as grade_year,
    stage_code,
    stage_name_sv,
    valid_from,
    valid_to
from grade_years
