with terms as (

    select * from {{ ref('ref_term') }}

)

select
    term_code,
    school_year,
    name_sv as term_name_sv,
    start_date,
    end_date
from terms
