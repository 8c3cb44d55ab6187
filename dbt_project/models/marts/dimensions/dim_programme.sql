with programmes as (

    select * from {{ ref('ref_programme') }}

)

select
    programme_code,
    name_sv as programme_name_sv,
    kind as programme_kind,
    successor_code,
    valid_from,
    valid_to
from programmes
