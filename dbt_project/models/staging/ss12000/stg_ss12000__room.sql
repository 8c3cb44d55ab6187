with delivered as (

    select * from {{ source('ss12000', 'room') }}

),

-- type and clean each column
typed as (

    select
        {{ as_text('room_id') }} as room_id,
        {{ as_text('display_name') }} as display_name,
        {{ as_integer('seats') }} as seats,
        {{ as_text('organisation_id') }} as organisation_id,
        _is_entity,
        _load,
        _row
    from delivered

)

select
    room_id,
    display_name,
    seats,
    organisation_id,
    _is_entity,
    _load,
    _row
from typed
