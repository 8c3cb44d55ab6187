with delivered as (

    select * from {{ source('sjalvskattning', 'lika_answer') }}

),

-- type and clean each column
typed as (

    select
        {{ as_integer('round_year') }} as round_year,
        {{ as_code('term_code') }} as term_code,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_date('answered_on') }} as answered_on,
        {{ as_text('area_name') }} as area_name,
        {{ as_code('item_code') }} as item_code,
        {{ as_decimal_comma('score') }} as score,
        _load,
        _row
    from delivered

)

select
    round_year,
    term_code,
    school_unit_code,
    answered_on,
    area_name,
    item_code,
    score,
    _load,
    _row
from typed
