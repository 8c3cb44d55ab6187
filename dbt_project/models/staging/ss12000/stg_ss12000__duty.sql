with duties as (

    select * from {{ source('ss12000', 'duty') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('duty_id') }} as duty_id,
        _person_key as person_key,
        _is_protected,
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_text('duty_role') }} as duty_role,
        {{ as_integer('duty_percent') }} as duty_percent,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        _is_entity,
        _load,
        _row
    from duties

)

select
    duty_id,
    person_key,
    _is_protected,
    organisation_id,
    duty_role,
    duty_percent,
    start_date,
    end_date,
    _is_entity,
    _load,
    _row
from typed
