with sessions as (

    select * from {{ source('sds', 'academic_session') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('session_id') }} as session_id,
        {{ as_text('title') }} as title,
        {{ as_text('session_type') }} as session_type,
        {{ as_integer('school_year') }} as school_year,
        {{ as_date('start_date', ['%m/%d/%Y']) }} as start_date,
        {{ as_date('end_date', ['%m/%d/%Y']) }} as end_date,
        _is_entity,
        _load,
        _row
    from sessions

)

select
    session_id,
    title,
    session_type,
    school_year,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
