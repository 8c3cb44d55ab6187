with enrolments as (

    {{ latest_of(
        source('history', 'ss12000__enrolment'),
        ['person_key', 'organisation_id', 'school_type', 'start_date'],
    ) }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

aliases as (

    select * from {{ ref('ref_school_form_alias') }}

),

-- one canonical code per school form, and the unit's national code instead of the source's id
mapped as (

    select
        enrolments.person_key,
        enrolments.organisation_id,
        organisations.school_unit_code,
        enrolments.school_type,
        aliases.school_form_code,
        enrolments.grade_year,
        enrolments.start_date,
        enrolments.end_date,
        coalesce(enrolments.is_cancelled, false) as is_cancelled,
        enrolments.education_code,
        enrolments._load
    from enrolments
    left join organisations on enrolments.organisation_id = organisations.organisation_id
    left join aliases on enrolments.school_type = aliases.alias

)

select
    person_key,
    organisation_id,
    school_unit_code,
    school_type,
    school_form_code,
    grade_year,
    start_date,
    end_date,
    is_cancelled,
    education_code,
    _load
from mapped
