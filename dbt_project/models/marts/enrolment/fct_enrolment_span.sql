{{ config(materialized='view') }}

with spans as (

    select * from {{ ref('mst_enrolment_span') }}

)

select
    person_key,
    organisation_id,
    school_unit_code,
    school_type,
    school_form_code,
    grade_year,
    stage_code,
    programme_code,
    programme_kind,
    start_date,
    end_date,
    stated_end_date,
    is_bridged,
    is_cancelled,
    is_main,
    is_in_conflict,
    _load
from spans
