with cells as (

    select * from {{ source('planned_educations', 'compulsory_statistic') }}

),

-- a cell is a number or a mark; where it is empty the interface says that the value is missing, Skolverket's point.
-- docLinks are links to documents, no statistics.
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('school_type') }} as school_type,
        {{ as_text('measure') }} as measure,
        {{ as_text('time_period') }} as time_period,
        {{ marked_value('value') }} as value_value,
        coalesce(
            {{ marked_mark('value') }}, case when {{ marked_value('value') }} is null then '.' end
        ) as value_mark,
        {{ as_code('value_type') }} as value_type,
        _load,
        _row
    from cells
    where measure <> 'docLinks'

)

select
    school_unit_code,
    school_type,
    measure,
    time_period,
    value_value,
    value_mark,
    value_type,
    _load,
    _row
from typed
