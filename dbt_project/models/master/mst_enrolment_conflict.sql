-- Pupils whom two schools have on the same day. This table should be empty; each row is work for its owner.
with spans as (

    select * from {{ ref('mst_enrolment_span') }}

),

pairs as (

    select
        one.person_key,
        one.school_unit_code,
        other.school_unit_code as other_school_unit_code,
        one.school_form_code,
        greatest(one.start_date, other.start_date) as first_day,
        least(one.end_date, other.end_date) as last_day,
        greatest(one._load, other._load) as _load
    from spans as one
    inner join spans as other
        on
            one.person_key = other.person_key
            and one.school_unit_code < other.school_unit_code
            and {{ enrolments_conflict('one', 'other') }}

)

-- a school that has the pupil twice over, as in two school forms, is one conflict
select
    person_key,
    school_unit_code,
    other_school_unit_code,
    min(school_form_code) as school_form_code,
    first_day,
    case when count(*) = count(last_day) then max(last_day) end as last_day,
    max(_load) as _load,
    'Systemförvaltaren' as owner
from pairs
group by person_key, school_unit_code, other_school_unit_code, first_day
