with units as (

    select * from {{ ref('mst_school_unit') }}

),

municipalities as (

    select * from {{ ref('ref_municipality') }}

)

select
    units.school_unit_code,
    units.school_unit_name,
    units.municipality_code,
    municipalities.name_sv as municipality_name,
    units.principal_type,
    units.principal_name,
    units.school_form_codes,
    units.start_date,
    units.end_date
from units
left join municipalities on units.municipality_code = municipalities.municipality_code
