with municipalities as (

    select * from {{ ref('ref_municipality') }}

)

select
    municipality_code,
    name_sv as municipality_name,
    county_code,
    county_name_sv as county_name
from municipalities
