with persons as (

    select * from {{ source('history', 'ss12000__person') }}

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

rules as (

    select * from {{ ref('ref_survivorship') }}
    where entity = 'person' and valid_to is null

),

-- a number in a result file states the sex; a person may change number, so the latest spring counts
stated as (

    {{ stated_values('person_key', 'sex_code', [('ss12000.person', 'persons', 'sex_code')], '_recorded_at') }}
    union all
    {{ stated_values('person_key', 'sex_code', [
        ('scb.final_grade_year9', 'final_grades', 'sex_code'),
        ('scb.grade_year6', 'year6_grades', 'sex_code'),
        ('scb.national_test_year9', 'national_tests', 'sex_code'),
    ], 'spring_year') }}
    union all
    {{ stated_values('person_key', 'birth_year', [('ss12000.person', 'persons', 'birth_year')], '_recorded_at') }}
    union all
    {{ stated_values('person_key', 'person_status', [('ss12000.person', 'persons', 'person_status')], '_recorded_at') }}
    union all
    {{ stated_values('person_key', 'home_municipality_code', [
        ('ss12000.person', 'persons', 'home_municipality_code'),
    ], '_recorded_at') }}

)

{{ surviving('stated', 'rules', 'person_key') }}
