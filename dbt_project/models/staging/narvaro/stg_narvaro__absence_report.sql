with delivered as (

    select * from {{ source('narvaro', 'absence_report') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_date('report_date') }} as report_date,
        {{ as_text('class_label') }} as class_label,
        _person_key as person_key,
        _is_protected,
        {{ as_decimal_comma('teaching_minutes', thousands=true) }} as teaching_minutes,
        {{ as_decimal_comma('lessons', thousands=true) }} as lessons,
        {{ as_decimal_comma('present_minutes', thousands=true) }} as present_minutes,
        {{ as_decimal_comma('valid_absence_minutes', thousands=true) }} as valid_absence_minutes,
        {{ as_decimal_comma('invalid_absence_minutes', thousands=true) }} as invalid_absence_minutes,
        {{ as_decimal_comma('present_percent', thousands=true, percent=true) }} as present_percent,
        {{ as_decimal_comma('valid_absence_percent', thousands=true, percent=true) }} as valid_absence_percent,
        {{ as_decimal_comma('invalid_absence_percent', thousands=true, percent=true) }} as invalid_absence_percent,
        _load,
        _row
    from delivered

)

select
    school_unit_code,
    report_date,
    class_label,
    person_key,
    _is_protected,
    teaching_minutes,
    lessons,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    present_percent,
    valid_absence_percent,
    invalid_absence_percent,
    _load,
    _row
from typed
