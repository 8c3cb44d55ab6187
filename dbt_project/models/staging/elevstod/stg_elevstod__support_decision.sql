with decisions as (

    select * from {{ source('elevstod', 'support_decision') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('support_type') }} as support_type,
        {{ as_date('start_date') }} as start_date,
        _person_key as person_key,
        _is_protected,
        {{ as_date('end_date') }} as end_date,
        {{ as_date('decision_date') }} as decision_date,
        _load,
        _row
    from decisions

)

select
    school_unit_code,
    support_type,
    start_date,
    person_key,
    _is_protected,
    end_date,
    decision_date,
    _load,
    _row
from typed
