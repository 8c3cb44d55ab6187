with units as (

    select * from {{ source('skolverket', 'final_grade_statistics') }}

),

-- a published cell is a number or a mark: both are kept
typed as (

    select
        {{ as_text('school_unit_code') }} as school_unit_code,
        {{ as_text('school_year') }} as school_year,
        {{ as_text('school_name') }} as school_name,
        {{ as_text('municipality_name') }} as municipality_name,
        {{ canonical_municipality('municipality_code') }} as municipality_code,
        {{ as_text('principal_type') }} as principal_type,
        {{ as_text('principal_name') }} as principal_name,
        {{ as_text('principal_number') }} as principal_number,
        {{ marked_value('pupils') }} as pupils_value,
        {{ marked_mark('pupils') }} as pupils_mark,
        {{ marked_value('all_subjects_share') }} as all_subjects_share_value,
        {{ marked_mark('all_subjects_share') }} as all_subjects_share_mark,
        {{ marked_value('vocational_eligible_share') }} as vocational_eligible_share_value,
        {{ marked_mark('vocational_eligible_share') }} as vocational_eligible_share_mark,
        {{ marked_value('average_merit_value') }} as average_merit_value_value,
        {{ marked_mark('average_merit_value') }} as average_merit_value_mark,
        _load,
        _row
    from units

)

select
    school_unit_code,
    school_year,
    school_name,
    municipality_name,
    municipality_code,
    principal_type,
    principal_name,
    principal_number,
    pupils_value,
    pupils_mark,
    all_subjects_share_value,
    all_subjects_share_mark,
    vocational_eligible_share_value,
    vocational_eligible_share_mark,
    average_merit_value_value,
    average_merit_value_mark,
    _load,
    _row
from typed
