with enrolments as (

    select * from {{ source('recorded', 'ss12000__enrolment') }}

),

duties as (

    select * from {{ source('recorded', 'ss12000__duty') }}

),

relations as (

    select * from {{ source('recorded', 'ss12000__responsible') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

school_forms as (

    select * from {{ ref('ref_school_form_alias') }}

),

-- a guardian's relation states no day: it is known from the delivery that told of it
roles as (

    select
        enrolments.person_key,
        'pupil' as role_code,
        coalesce(school_forms.school_form_code, enrolments.school_type) as role_kind,
        enrolments.organisation_id,
        enrolments.start_date as valid_from,
        enrolments.end_date + 1 as valid_to,
        enrolments._recorded_at as recorded_from,
        enrolments._recorded_to as recorded_to,
        enrolments._load
    from enrolments
    left join school_forms on enrolments.school_type = school_forms.alias
    union all
    select
        person_key,
        'staff',
        duty_role,
        organisation_id,
        start_date,
        end_date + 1,
        _recorded_at,
        _recorded_to,
        _load
    from duties
    union all
    select
        responsible_person_key,
        'guardian',
        relation_type,
        null,
        cast(_recorded_at as date),
        cast(_recorded_to as date),
        _recorded_at,
        _recorded_to,
        _load
    from relations

)

-- a person may have the same role twice over: two children, or two records of a system; known as long as either is
select
    roles.person_key,
    roles.role_code,
    roles.role_kind,
    roles.organisation_id,
    organisations.school_unit_code,
    roles.valid_from,
    case when bool_or(roles.valid_to is null) then null else max(roles.valid_to) end as valid_to,
    roles.recorded_from,
    case when bool_or(roles.recorded_to is null) then null else max(roles.recorded_to) end as recorded_to,
    max(roles._load) as _load
from roles
left join organisations on roles.organisation_id = organisations.organisation_id
group by
    roles.person_key,
    roles.role_code,
    roles.role_kind,
    roles.organisation_id,
    organisations.school_unit_code,
    roles.valid_from,
    roles.recorded_from
