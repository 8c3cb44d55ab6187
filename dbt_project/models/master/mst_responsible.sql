with relations as (

    {{ latest_of(source('history', 'ss12000__responsible'), ['person_key', 'responsible_person_key']) }}

)

select
    person_key,
    responsible_person_key,
    relation_type,
    _load
from relations
