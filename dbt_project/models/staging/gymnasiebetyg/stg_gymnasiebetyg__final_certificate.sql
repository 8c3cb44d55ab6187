with certificates as (

    select * from {{ source('gymnasiebetyg', 'final_certificate') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_integer('spring_year') }} as spring_year,
        _person_key as person_key,
        _is_protected,
        {{ as_code('education_code') }} as education_code,
        {{ as_code('certificate_code') }} as certificate_code,
        {{ as_date('issued_date') }} as issued_date,
        {{ as_integer('credits') }} as credits,
        {{ as_boolean('has_passed_project') }} as has_passed_project,
        _load,
        _row
    from certificates

)

select
    school_unit_code,
    spring_year,
    person_key,
    _is_protected,
    education_code,
    certificate_code,
    issued_date,
    credits,
    has_passed_project,
    _load,
    _row
from typed
