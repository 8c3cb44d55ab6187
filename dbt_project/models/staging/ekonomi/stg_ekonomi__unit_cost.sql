with costs as (

    select * from {{ source('ekonomi', 'unit_cost') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_date('month') }} as month,
        {{ as_text('cost_kind') }} as cost_kind,
        try_cast(amount as double) as amount,
        _load,
        _row
    from costs

)

select
    school_unit_code,
    month,
    cost_kind,
    amount,
    _load,
    _row
from typed
