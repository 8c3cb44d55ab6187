with organisations as (

    select * from {{ ref('mst_organisation') }}
    where organisation_type = 'Huvudman'

),

registered_units as (

    select * from {{ source('history', 'skolenhetsregistret__school_unit') }}
    where organisation_number is not null

),

-- the official register first, and in it what was told last; the municipality's own register where it is silent
told as (

    select
        {{ organisation_number_of('organisation_number') }} as organisation_number,
        organiser_name as principal_name,
        'skolenhetsregistret' as told_by,
        1 as priority,
        search_date as told_on,
        _load
    from registered_units
    union all
    select
        {{ organisation_number_of('organisation_number') }},
        display_name,
        'ss12000',
        2,
        start_date,
        _load
    from organisations
    where organisation_number is not null

),

ordered as (

    select
        *,
        row_number() over (
            partition by organisation_number
            order by priority asc, told_on desc nulls last, _load desc, principal_name asc
        ) as nth
    from told

)

select
    organisation_number,
    principal_name,
    {{ principal_type('organisation_number') }} as principal_type,
    told_by,
    _load
from ordered
where nth = 1
