-- Pupils whom two schools have on the same day. This table should be empty; each row is work for its owner.
with spans as (

    select * from {{ ref('mst_enrolment_span') }}

)

select
    one.person_key,
    one.school_unit_code,
    other.school_unit_code as other_school_unit_code,
    one.school_form_code,
    greatest(one.start_date, other.start_date) as first_day,
    least(one.end_date, other.end_date) as last_day,
    greatest(one._load, other._load) as _load,
    'Systemförvaltaren' as owner
from spans as one
inner join spans as other
    on
        one.person_key = other.person_key
        and one.school_unit_code < other.school_unit_code
        and {{ enrolments_conflict('one', 'other') }}
