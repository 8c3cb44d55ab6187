with school_groups as (

    select * from {{ source('history', 'ss12000__school_group') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

aliases as (

    select * from {{ ref('ref_school_form_alias') }}

),

mapped as (

    select
        school_groups.group_id,
        school_groups.display_name,
        {{ canonical_class('school_groups.display_name') }} as class_label,
        school_groups.group_type,
        aliases.school_form_code,
        school_groups.organisation_id,
        organisations.school_unit_code,
        school_groups.start_date,
        school_groups.end_date,
        school_groups._load
    from school_groups
    left join organisations on school_groups.organisation_id = organisations.organisation_id
    left join aliases on school_groups.school_type = aliases.alias

)

select
    group_id,
    display_name,
    case when group_type = 'Klass' then class_label end as class_label,
    group_type,
    school_form_code,
    organisation_id,
    school_unit_code,
    start_date,
    end_date,
    _load
from mapped
