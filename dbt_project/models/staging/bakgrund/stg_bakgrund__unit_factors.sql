with delivered as (

    select * from {{ source('bakgrund', 'unit_factors') }}

),

-- type and clean each column
typed as (

    select
        {{ as_integer('spring_year') }} as spring_year,
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('school_name') }} as school_name,
        {{ marked_value('pupils') }} as pupils_value,
        {{ marked_mark('pupils') }} as pupils_mark,
        {{ marked_value('parents_education') }} as parents_education_value,
        {{ marked_mark('parents_education') }} as parents_education_mark,
        {{ marked_value('share_boys') }} as share_boys_value,
        {{ marked_mark('share_boys') }} as share_boys_mark,
        {{ marked_value('share_newly_arrived') }} as share_newly_arrived_value,
        {{ marked_mark('share_newly_arrived') }} as share_newly_arrived_mark,
        {{ marked_value('share_known') }} as share_known_value,
        {{ marked_mark('share_known') }} as share_known_mark,
        _load,
        _row
    from delivered

)

select
    spring_year,
    school_unit_code,
    school_name,
    pupils_value,
    pupils_mark,
    parents_education_value,
    parents_education_mark,
    share_boys_value,
    share_boys_mark,
    share_newly_arrived_value,
    share_newly_arrived_mark,
    share_known_value,
    share_known_mark,
    _load,
    _row
from typed
