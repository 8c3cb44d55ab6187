with posts as (

    select * from {{ source('personal', 'staff_service') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('role_name') }} as role_name,
        coalesce({{ as_code('subject_code') }}, '-') as subject_code,
        _person_key as person_key,
        _is_protected,
        {{ as_decimal_comma('position_percent', percent=true) }} as position_percent,
        {{ as_text('employment_form') }} as employment_form,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_code('licence_code') }} as licence_code,
        {{ as_boolean('is_qualified') }} as is_qualified,
        {{ as_integer('first_grade_year') }} as first_grade_year,
        {{ as_integer('last_grade_year') }} as last_grade_year,
        _load,
        _row
    from posts

)

select
    school_unit_code,
    role_name,
    subject_code,
    person_key,
    _is_protected,
    position_percent,
    employment_form,
    start_date,
    end_date,
    licence_code,
    is_qualified,
    first_grade_year,
    last_grade_year,
    _load,
    _row
from typed
