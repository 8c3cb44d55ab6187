with organisations as (

    select * from {{ source('history', 'ss12000__organisation') }}

),

-- an organisation element lies under others; four levels reach from a school unit to its principal
lines as (

    select
        organisations.*,
        case
            when organisations.organisation_type = 'Huvudman' then organisations.organisation_id
            when above_1.organisation_type = 'Huvudman' then above_1.organisation_id
            when above_2.organisation_type = 'Huvudman' then above_2.organisation_id
            when above_3.organisation_type = 'Huvudman' then above_3.organisation_id
            when above_4.organisation_type = 'Huvudman' then above_4.organisation_id
        end as principal_organisation_id
    from organisations
    left join organisations as above_1 on organisations.parent_organisation_id = above_1.organisation_id
    left join organisations as above_2 on above_1.parent_organisation_id = above_2.organisation_id
    left join organisations as above_3 on above_2.parent_organisation_id = above_3.organisation_id
    left join organisations as above_4 on above_3.parent_organisation_id = above_4.organisation_id

)

select
    organisation_id,
    display_name,
    organisation_type,
    parent_organisation_id,
    principal_organisation_id,
    school_unit_code,
    school_types,
    municipality_code,
    organisation_number,
    start_date,
    end_date,
    _load
from lines
