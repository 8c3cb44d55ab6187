with enrollments as (

    select * from {{ source('oneroster', 'enrollment') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        _person_key as person_key,
        _is_protected,
        {{ as_text('enrollment_id') }} as enrollment_id,
        {{ as_text('class_id') }} as class_id,
        {{ as_text('school_id') }} as school_id,
        {{ as_text('role') }} as role,
        {{ as_boolean('is_primary') }} as is_primary,
        {{ as_date('begin_date') }} as begin_date,
        {{ as_date('end_date') }} as end_date,
        _is_entity,
        _load,
        _row
    from enrollments
    where lower(status) is distinct from 'tobedeleted'

)

select
    person_key,
    _is_protected,
    enrollment_id,
    class_id,
    school_id,
    role,
    is_primary,
    begin_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
