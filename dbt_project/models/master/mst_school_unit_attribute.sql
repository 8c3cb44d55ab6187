with organisations as (

    select * from {{ ref('mst_organisation') }}

),

registered as (

    select
        school_unit_code,
        display_name as school_unit_name,
        municipality_code,
        organisation_number,
        organiser_name as principal_name,
        school_types as school_form_codes,
        search_date,
        _load,
        _row
    from {{ source('history', 'skolenhetsregistret__school_unit') }}

),

rules as (

    select * from {{ ref('ref_survivorship') }}
    where entity = 'school_unit' and valid_to is null

),

units as (

    {{ school_units_of('organisations') }}

),

-- the principal says whose the unit is, and where it lies if the unit itself does not
local_units as (

    select
        units.school_unit_code,
        units.display_name as school_unit_name,
        coalesce(units.municipality_code, principals.municipality_code) as municipality_code,
        principals.organisation_number,
        principals.display_name as principal_name,
        units.school_types as school_form_codes,
        units._load,
        0 as _row
    from units
    left join organisations as principals on units.principal_organisation_id = principals.organisation_id
    where units.nth = 1

),

stated as (

    {% for attribute in [
        'school_unit_name', 'municipality_code', 'organisation_number', 'principal_name', 'school_form_codes',
    ] %}
    {{ stated_values('school_unit_code', attribute, [('ss12000.organisation', 'local_units', attribute)]) }}
    union all
    {{ stated_values(
        'school_unit_code', attribute, [('skolenhetsregistret.school_unit', 'registered', attribute)], 'search_date',
    ) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

{{ surviving('stated', 'rules', 'school_unit_code') }}
