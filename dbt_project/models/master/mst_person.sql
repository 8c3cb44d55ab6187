with persons as (

    {{ latest_of(source('history', 'ss12000__person'), ['person_key']) }}

),

enrolments as (

    select * from {{ source('history', 'ss12000__enrolment') }}

),

relations as (

    select * from {{ source('history', 'ss12000__responsible') }}

),

duties as (

    select * from {{ source('history', 'ss12000__duty') }}

),

final_grades as (

    select * from {{ source('history', 'scb__final_grade_year9') }}

),

year6_grades as (

    select * from {{ source('history', 'scb__grade_year6') }}

),

national_tests as (

    select * from {{ source('history', 'scb__national_test_year9') }}

),

-- pupils in result files, also those who have left the register; the file's number states the sex
in_results as (

    select person_key, spring_year, sex_code from final_grades
    union all
    select person_key, spring_year, sex_code from year6_grades
    union all
    select person_key, spring_year, sex_code from national_tests

),

pupils_in_results as (

    select
        person_key,
        max(sex_code) filter (where spring_year = latest_year) as sex_code
    from (
        select
            person_key,
            spring_year,
            sex_code,
            max(spring_year) filter (where sex_code is not null) over (partition by person_key) as latest_year
        from in_results
    ) as dated
    group by person_key

),

-- a union without all: each person once
everyone as (

    select person_key from persons
    union
    select person_key from pupils_in_results
    union
    select person_key from enrolments

),

pupils_enrolled as (

    -- distinct: one row per pupil however many enrolments
    select distinct person_key from enrolments

),

guardians as (

    -- distinct: one row per guardian however many children
    select distinct responsible_person_key as person_key from relations

),

staff as (

    -- distinct: one row per member of staff however many duties
    select distinct person_key from duties

)

select
    everyone.person_key,
    coalesce(persons.sex_code, pupils_in_results.sex_code) as sex_code,
    persons.birth_year,
    persons.home_municipality_code,
    persons.person_status,
    pupils_enrolled.person_key is not null or pupils_in_results.person_key is not null as is_pupil,
    guardians.person_key is not null as is_guardian,
    staff.person_key is not null as is_staff,
    persons.person_key is not null as is_in_register
from everyone
left join persons on everyone.person_key = persons.person_key
left join pupils_in_results on everyone.person_key = pupils_in_results.person_key
left join pupils_enrolled on everyone.person_key = pupils_enrolled.person_key
left join guardians on everyone.person_key = guardians.person_key
left join staff on everyone.person_key = staff.person_key
