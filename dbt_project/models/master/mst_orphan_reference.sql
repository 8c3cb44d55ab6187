-- References to something that the register does not have. This table should be empty; each row is work for its owner.
with units as (

    select * from {{ ref('mst_school_unit') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

persons as (

    select * from {{ source('history', 'ss12000__person') }}

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

memberships as (

    select * from {{ ref('mst_group_membership') }}

),

school_groups as (

    select * from {{ ref('mst_group') }}

),

duties as (

    select * from {{ ref('mst_duty') }}

),

final_grades as (

    select * from {{ source('history', 'scb__final_grade_year9') }}

),

year6_grades as (

    select * from {{ source('history', 'scb__grade_year6') }}

),

-- a reference and what it should have found; persons are counted, never listed
orphans as (

    select 'scb.final_grade_year9' as dataset, 'school_unit_code' as column_name, school_unit_code as reference
    from final_grades
    where school_unit_code not in (select units.school_unit_code from units)
    union all
    select 'scb.grade_year6', 'school_unit_code', school_unit_code
    from year6_grades
    where school_unit_code not in (select units.school_unit_code from units)
    union all
    select 'ss12000.enrolment', 'organisation_id', organisation_id
    from enrolments
    where organisation_id not in (select organisations.organisation_id from organisations)
    union all
    select 'ss12000.duty', 'organisation_id', organisation_id
    from duties
    where organisation_id not in (select organisations.organisation_id from organisations)
    union all
    select 'ss12000.group_membership', 'group_id', group_id
    from memberships
    where group_id not in (select school_groups.group_id from school_groups)
    union all
    select 'ss12000.enrolment', 'person_id', cast(null as varchar)
    from enrolments
    where person_key not in (select persons.person_key from persons)
    union all
    select 'ss12000.group_membership', 'person_id', cast(null as varchar)
    from memberships
    where person_key not in (select persons.person_key from persons)

)

select
    dataset,
    column_name,
    reference,
    count(*) as row_count,
    'Systemförvaltaren' as owner
from orphans
group by dataset, column_name, reference
