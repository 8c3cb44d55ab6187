with indicators as (

    select * from {{ ref('ref_indicator') }}

)

select
    indicator_id,
    cast(version as bigint) as indicator_version,
    definition_id,
    name_sv as indicator_name_sv,
    family,
    unit,
    kind,
    direction,
    is_sensitive,
    is_published,
    valid_from,
    valid_to
from indicators
