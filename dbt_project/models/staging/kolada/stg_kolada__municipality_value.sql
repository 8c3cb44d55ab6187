with figures as (

    select * from {{ source('kolada', 'municipality_value') }}

),

-- a figure that is missing or withheld is told by its status, which is then its mark
typed as (

    select
        {{ as_text('indicator_id') }} as indicator_id,
        {{ as_text('municipality_code') }} as municipality_code,
        {{ as_integer('year') }} as year,
        {{ as_code('sex_code') }} as sex_code,
        try_cast(value as double) as value_value,
        case when try_cast(value as double) is null then coalesce({{ as_text('status') }}, '.') end as value_mark,
        {{ as_text('status') }} as status,
        {{ as_integer('group_count') }} as group_count,
        _load,
        _row
    from figures
    where {{ as_boolean('is_removed') }} is distinct from true

)

select
    indicator_id,
    municipality_code,
    year,
    sex_code,
    value_value,
    value_mark,
    status,
    group_count,
    _load,
    _row
from typed
