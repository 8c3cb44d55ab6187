with relations as (

    select * from {{ source('history', 'ss12000__responsible') }}

)

select
    person_key,
    responsible_person_key,
    relation_type,
    _load
from relations
