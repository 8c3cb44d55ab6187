with persons as (

    -- distinct: a person may have a record each in two parts of the system
    select distinct person_key from {{ source('history', 'ss12000__person') }}

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

-- pupils in result files, also those who have left the register; a union without all: each once
pupils_in_results as (

    select person_key from final_grades
    union
    select person_key from year6_grades
    union
    select person_key from national_tests

),

-- what counts of each attribute, by ref_survivorship
attributes as (

    select
        person_key,
        max(value) filter (where attribute = 'sex_code') as sex_code,
        max(value) filter (where attribute = 'birth_year') as birth_year,
        max(value) filter (where attribute = 'home_municipality_code') as home_municipality_code,
        max(value) filter (where attribute = 'person_status') as person_status
    from {{ ref('mst_person_attribute') }}
    where is_surviving
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
    attributes.sex_code,
    cast(attributes.birth_year as bigint) as birth_year,
    attributes.home_municipality_code,
    attributes.person_status,
    pupils_enrolled.person_key is not null or pupils_in_results.person_key is not null as is_pupil,
    guardians.person_key is not null as is_guardian,
    staff.person_key is not null as is_staff,
    persons.person_key is not null as is_in_register
from everyone
left join persons on everyone.person_key = persons.person_key
left join attributes on everyone.person_key = attributes.person_key
left join pupils_in_results on everyone.person_key = pupils_in_results.person_key
left join pupils_enrolled on everyone.person_key = pupils_enrolled.person_key
left join guardians on everyone.person_key = guardians.person_key
left join staff on everyone.person_key = staff.person_key
