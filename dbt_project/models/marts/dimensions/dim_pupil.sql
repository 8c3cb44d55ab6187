with persons as (

    select * from {{ ref('mst_person') }}

),

spans as (

    select * from {{ ref('mst_enrolment_span') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

-- the enrolment that counts today
current_enrolments as (

    select
        spans.person_key,
        spans.school_unit_code,
        spans.school_form_code,
        spans.grade_year,
        row_number() over (partition by spans.person_key order by {{ order_of_attribution('spans') }}) as nth
    from spans
    cross join run_clock
    where {{ holds_during('spans', 'run_clock.today') }}

)

select
    persons.person_key,
    persons.sex_code,
    persons.birth_year,
    current_enrolments.school_unit_code,
    current_enrolments.school_form_code,
    current_enrolments.grade_year,
    current_enrolments.person_key is not null as is_enrolled
from persons
left join current_enrolments on persons.person_key = current_enrolments.person_key and current_enrolments.nth = 1
where persons.is_pupil
