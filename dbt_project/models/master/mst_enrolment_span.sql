with enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

school_forms as (

    select * from {{ ref('ref_school_form') }}

),

grade_years as (

    select * from {{ ref('ref_grade_year') }}

),

programmes as (

    select * from {{ ref('ref_programme') }}

),

thresholds as (

    select * from {{ ref('ref_threshold') }}
    where threshold_id = 'enrolment_gap_days'

),

{{ counted_spans() }}

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
    gap_days,
    is_bridged,
    is_cancelled,
    is_main,
    attribution_priority,
    is_in_conflict,
    _load
from counted_spans
