with organisations as (

    select * from {{ ref('mst_organisation') }}

),

attributes as (

    select * from {{ ref('mst_school_unit_attribute') }}
    where is_surviving

),

units as (

    {{ school_units_of('organisations') }}

),

-- what counts of each attribute, by ref_survivorship
surviving as (

    select
        school_unit_code,
        max(value) filter (where attribute = 'school_unit_name') as school_unit_name,
        max(value) filter (where attribute = 'municipality_code') as municipality_code,
        max(value) filter (where attribute = 'organisation_number') as organisation_number,
        max(value) filter (where attribute = 'principal_name') as principal_name,
        max(value) filter (where attribute = 'school_form_codes') as school_form_codes
    from attributes
    group by school_unit_code

)

select
    units.school_unit_code,
    units.organisation_id,
    surviving.school_unit_name,
    surviving.municipality_code,
    {{ principal_type('surviving.organisation_number') }} as principal_type,
    surviving.principal_name,
    surviving.school_form_codes,
    units.start_date,
    units.end_date,
    units._load
from units
left join surviving on units.school_unit_code = surviving.school_unit_code
where units.nth = 1
