with memberships as (

    select * from {{ source('history', 'ss12000__group_membership') }}

),

school_groups as (

    select * from {{ ref('mst_group') }}

)

select
    memberships.group_id,
    memberships.person_key,
    school_groups.group_type,
    school_groups.school_unit_code,
    memberships.start_date,
    memberships.end_date,
    memberships._load
from memberships
left join school_groups on memberships.group_id = school_groups.group_id
