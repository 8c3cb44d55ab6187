with delivered as (

    select * from {{ source('bakgrund', 'socioeconomic_index') }}

),

-- type and clean each column
typed as (

    select
        {{ as_integer('budget_year') }} as budget_year,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('school_name') }} as school_name,
        {{ marked_value('pupils') }} as pupils_value,
        {{ marked_mark('pupils') }} as pupils_mark,
        {{ marked_value('risk_index') }} as risk_index_value,
        {{ marked_mark('risk_index') }} as risk_index_mark,
        _load,
        _row
    from delivered

)

select
    budget_year,
    school_unit_code,
    school_name,
    pupils_value,
    pupils_mark,
    risk_index_value,
    risk_index_mark,
    _load,
    _row
from typed
