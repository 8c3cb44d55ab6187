with delivered as (

    select * from {{ source('ss12000', 'school_unit_offering') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('organisation_id') }} as organisation_id,
        {{ as_date('start_date') }} as start_date,
        {{ as_date('end_date') }} as end_date,
        {{ as_text('offered_syllabuses') }} as offered_syllabuses,
        {{ as_text('offered_programmes') }} as offered_programmes,
        _load,
        _row
    from delivered

)

select
    organisation_id,
    start_date,
    end_date,
    offered_syllabuses,
    offered_programmes,
    _load,
    _row
from typed
