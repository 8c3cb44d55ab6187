with enrolments as (

    select * from {{ source('ss12000', 'enrolment') }}

),

-- type and clean each column
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_code('school_type') }} as school_type,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_integer('school_year') }} as grade_year,
        {{ as_boolean('is_cancelled') }} as is_cancelled,
        {{ as_code('education_code') }} as education_code,
        _is_entity,
        _load,
        _row
    from enrolments

)

select
    person_key,
    record_key,
    _is_protected,
    organisation_id,
    school_type,
    start_date,
    end_date,
    grade_year,
    is_cancelled,
    education_code,
    _is_entity,
    _load,
    _row
from typed
