with persons as (

    select * from {{ ref('mst_person') }}

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

-- the enrolment that holds today, the main school form before after-school care
current_enrolments as (

    select
        enrolments.person_key,
        enrolments.school_unit_code,
        enrolments.school_form_code,
        enrolments.grade_year,
        row_number() over (
            partition by enrolments.person_key
            order by
                case when enrolments.school_form_code in ('FTH', 'OPPFTH') then 1 else 0 end asc,
                enrolments.start_date desc,
                enrolments.organisation_id asc
        ) as nth
    from enrolments
    cross join run_clock
    where
        enrolments.start_date <= run_clock.today
        and (enrolments.end_date is null or run_clock.today <= enrolments.end_date)

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
