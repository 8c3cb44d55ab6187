with delivered as (

    select * from {{ source('ss12000', 'grade') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('grade_id') }} as grade_id,
        _person_key as person_key,
        _person_is_protected as _is_protected,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('group_id') }} as group_id,
        {{ as_text('syllabus_id') }} as syllabus_id,
        {{ as_date('registered_date') }} as registered_date,
        {{ as_text('grade_value') }} as grade_value,
        {{ as_boolean('is_final') }} as is_final,
        {{ as_boolean('is_trial') }} as is_trial,
        {{ as_boolean('is_converted') }} as is_converted,
        {{ as_text('correction_type') }} as correction_type,
        {{ as_text('semester') }} as semester,
        {{ as_integer('year') }} as year,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    grade_id,
    person_key,
    _is_protected,
    organisation_id,
    group_id,
    syllabus_id,
    registered_date,
    grade_value,
    is_final,
    is_trial,
    is_converted,
    correction_type,
    semester,
    year,
    _is_entity,
    _load,
    _row
from typed
