with delivered as (

    select * from {{ source('sjalvskattning', 'selfie_average') }}

),

-- type and clean each column
typed as (

    select
        {{ as_integer('round_year') }} as round_year,
        {{ as_code('term_code') }} as term_code,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('respondent_group') }} as respondent_group,
        {{ as_code('area_name') }} as area_name,
        {{ as_code('item_code') }} as item_code,
        {{ as_integer('answers') }} as answers,
        {{ as_decimal_comma('average') }} as average,
        _load,
        _row
    from delivered

)

select
    round_year,
    term_code,
    school_unit_code,
    respondent_group,
    area_name,
    item_code,
    answers,
    average,
    _load,
    _row
from typed
