with enrollments as (

    select * from {{ source('sds', 'enrollment') }}

),

-- type and clean each column
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        {{ as_text('class_id') }} as class_id,
        {{ as_text('role') }} as role,
        _is_entity,
        _load,
        _row
    from enrollments

)

select
    person_key,
    record_key,
    _is_protected,
    class_id,
    role,
    _is_entity,
    _load,
    _row
from typed
