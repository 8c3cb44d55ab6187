with spans as (

    select * from {{ ref('mst_enrolment_span') }}

),

persons as (

    select * from {{ ref('mst_person_version') }}

),

memberships as (

    select * from {{ ref('mst_group_membership') }}
    where group_type = 'Klass'

),

school_groups as (

    select * from {{ ref('mst_group') }}

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

count_days as (

    {{ count_days_since('(select min(cast(persons.recorded_from as date)) from persons)') }}

),

enrolled as (

    select
        spans.*,
        count_days.school_year,
        count_days.spring_year,
        count_days.snapshot_date,
        row_number() over (
            partition by spans.person_key, count_days.snapshot_date order by {{ order_of_attribution('spans') }}
        ) as nth
    from spans
    inner join count_days on {{ holds_during('spans', 'count_days.snapshot_date') }}
    where spans.is_main

),

-- home municipality as it held that day; of a person's records in the register, the one told of last
homes as (

    select
        enrolled.person_key,
        enrolled.snapshot_date,
        arg_max(persons.home_municipality_code, (persons.recorded_from, persons.record_key)) as home_municipality_code
    from enrolled
    inner join
        persons
        on
            enrolled.person_key = persons.person_key
            and {{ valid_on('persons', 'enrolled.snapshot_date') }}
    where enrolled.nth = 1
    group by enrolled.person_key, enrolled.snapshot_date

),

-- the class of the day, at the unit where the pupil is counted
classes as (

    select
        enrolled.person_key,
        enrolled.snapshot_date,
        min(school_groups.class_label) as class_label
    from enrolled
    inner join
        memberships
        on
            enrolled.person_key = memberships.person_key
            and enrolled.school_unit_code = memberships.school_unit_code
            and {{ holds_during('memberships', 'enrolled.snapshot_date') }}
    inner join school_groups on memberships.group_id = school_groups.group_id
    where enrolled.nth = 1
    group by enrolled.person_key, enrolled.snapshot_date

)

select
    enrolled.person_key,
    enrolled.school_year,
    enrolled.spring_year,
    enrolled.snapshot_date,
    enrolled.school_unit_code,
    enrolled.school_form_code,
    enrolled.grade_year,
    enrolled.stage_code,
    classes.class_label,
    homes.home_municipality_code,
    enrolled.is_bridged and enrolled.snapshot_date > enrolled.stated_end_date as is_bridged,
    enrolled.is_in_conflict,
    not enrolled.is_in_conflict as is_counted,
    enrolled._load
from enrolled
left join
    homes
    on enrolled.person_key = homes.person_key and enrolled.snapshot_date = homes.snapshot_date
left join
    classes
    on enrolled.person_key = classes.person_key and enrolled.snapshot_date = classes.snapshot_date
where enrolled.nth = 1
