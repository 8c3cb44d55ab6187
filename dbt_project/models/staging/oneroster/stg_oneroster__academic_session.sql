with sessions as (

    select * from {{ source('oneroster', 'academic_session') }}

),

-- a row marked for deletion is none; that its record is gone is told by the records of the delivery
typed as (

    select
        {{ as_text('session_id') }} as session_id,
        {{ as_text('title') }} as title,
        {{ as_text('session_type') }} as session_type,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_text('parent_session_id') }} as parent_session_id,
        {{ as_integer('school_year') }} as school_year,
        _is_entity,
        _load,
        _row
    from sessions
    where lower(status) is distinct from 'tobedeleted'

)

select
    session_id,
    title,
    session_type,
    start_date,
    end_date,
    parent_session_id,
    school_year,
    _is_entity,
    _load,
    _row
from typed
