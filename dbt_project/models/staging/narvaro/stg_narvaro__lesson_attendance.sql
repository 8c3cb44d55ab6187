with lessons as (

    select * from {{ source('narvaro', 'lesson_attendance') }}

),

-- type and clean each column; the pupil is known by person_key alone
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        _person_key as person_key,
        _is_protected,
        {{ as_text('lesson_id') }} as lesson_id,
        {{ as_date('lesson_date') }} as lesson_date,
        {{ as_local_time('start_time') }} as start_time,
        {{ canonical_class('class_label') }} as class_label,
        {{ as_code('subject_code') }} as subject_code,
        {{ as_decimal_comma('scheduled_minutes') }} as scheduled_minutes,
        {{ as_decimal_comma('present_minutes') }} as present_minutes,
        {{ as_decimal_comma('valid_absence_minutes') }} as valid_absence_minutes,
        {{ as_decimal_comma('invalid_absence_minutes') }} as invalid_absence_minutes,
        {{ as_boolean('is_recorded') }} as is_recorded,
        _load,
        _row
    from lessons

)

select
    school_unit_code,
    person_key,
    _is_protected,
    lesson_id,
    lesson_date,
    start_time,
    class_label,
    subject_code,
    scheduled_minutes,
    present_minutes,
    valid_absence_minutes,
    invalid_absence_minutes,
    is_recorded,
    _load,
    _row
from typed
