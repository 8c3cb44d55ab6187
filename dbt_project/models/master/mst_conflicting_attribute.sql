-- Attributes of which two sources state different things. This table should be empty; each row is work for its owner.
with attributes as (

    select
        person_key as record_key,
        'person' as entity,
        attribute,
        dataset,
        value,
        is_surviving
    from {{ ref('mst_person_attribute') }}
    where is_conflicting
    union all
    select
        school_unit_code,
        'school_unit',
        attribute,
        dataset,
        value,
        is_surviving
    from {{ ref('mst_school_unit_attribute') }}
    where is_conflicting

)

select
    counted.entity,
    counted.attribute,
    counted.dataset as surviving_dataset,
    other.dataset as other_dataset,
    count(*) as row_count,
    'Systemförvaltaren' as owner
from attributes as counted
inner join attributes as other
    on
        counted.entity = other.entity
        and counted.record_key = other.record_key
        and counted.attribute = other.attribute
        and counted.value <> other.value
where counted.is_surviving
group by counted.entity, counted.attribute, counted.dataset, other.dataset
