with units as (

    select * from {{ ref('mst_school_unit') }}

),

municipalities as (

    select * from {{ ref('ref_municipality') }}

),

-- a unit that one other has taken over; of a split unit see mst_school_unit_lineage
successors as (

    select
        school_unit_code,
        min(successor_school_unit_code) as successor_school_unit_code
    from {{ ref('mst_school_unit_lineage') }}
    where is_present
    group by school_unit_code
    having count(*) = 1

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
    units.end_date,
    municipalities.county_code,
    municipalities.county_name_sv as county_name,
    successors.successor_school_unit_code
from units
left join municipalities on units.municipality_code = municipalities.municipality_code
left join successors on units.school_unit_code = successors.school_unit_code
