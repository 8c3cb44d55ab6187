with organisations as (

    select * from {{ ref('mst_organisation') }}

),

-- one row per school unit code; the latest record wins if the register has the code twice
units as (

    select
        *,
        row_number() over (
            partition by school_unit_code
            order by coalesce(end_date, date '9999-12-31') desc, start_date desc, organisation_id asc
        ) as nth
    from organisations
    where organisation_type = 'Skolenhet' and school_unit_code is not null

),

-- the principal says whether the unit is the municipality's own, and where it lies if the unit itself does not
with_principal as (

    select
        units.school_unit_code,
        units.organisation_id,
        units.display_name as school_unit_name,
        coalesce(units.municipality_code, principals.municipality_code) as municipality_code,
        {{ principal_type('principals.organisation_number') }} as principal_type,
        principals.display_name as principal_name,
        units.school_types as school_form_codes,
        units.start_date,
        units.end_date,
        units._load
    from units
    left join organisations as principals on units.principal_organisation_id = principals.organisation_id
    where units.nth = 1

)

select
    school_unit_code,
    organisation_id,
    school_unit_name,
    municipality_code,
    principal_type,
    principal_name,
    school_form_codes,
    start_date,
    end_date,
    _load
from with_principal
