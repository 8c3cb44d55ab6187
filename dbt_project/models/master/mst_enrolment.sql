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

    {{ mapped_enrolments('enrolments') }}

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
