with enrolled as (

    select * from {{ ref('mst_counted_enrolment') }}

),

persons as (

    select * from {{ ref('mst_person_version') }}

),

memberships as (

    select * from {{ source('recorded', 'ss12000__group_membership') }}

),

school_groups as (

    select * from {{ source('recorded', 'ss12000__school_group') }}
    where group_type = 'Klass'

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

-- what is known of classes when the count is frozen; where they are received later than that, what first is
count_days as (

    select
        snapshot_date,
        greatest(
            any_value(frozen_on), (select min(cast(memberships._recorded_at as date)) from memberships)
        ) as memberships_frozen_on,
        greatest(
            any_value(frozen_on), (select min(cast(school_groups._recorded_at as date)) from school_groups)
        ) as groups_frozen_on
    from enrolled
    group by snapshot_date

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
    group by enrolled.person_key, enrolled.snapshot_date

),

-- the class of the day, at the unit where the pupil is counted
classes as (

    select
        enrolled.person_key,
        enrolled.snapshot_date,
        min({{ canonical_class('school_groups.display_name') }}) as class_label
    from enrolled
    inner join count_days on enrolled.snapshot_date = count_days.snapshot_date
    inner join
        memberships
        on
            enrolled.person_key = memberships.person_key
            and {{ known_on('memberships', 'count_days.memberships_frozen_on') }}
            and {{ holds_during('memberships', 'enrolled.snapshot_date') }}
    inner join
        school_groups
        on
            memberships.group_id = school_groups.group_id
            and {{ known_on('school_groups', 'count_days.groups_frozen_on') }}
    inner join
        organisations
        on
            school_groups.organisation_id = organisations.organisation_id
            and enrolled.school_unit_code = organisations.school_unit_code
    group by enrolled.person_key, enrolled.snapshot_date

)

select
    enrolled.person_key,
    enrolled.school_year,
    enrolled.spring_year,
    enrolled.snapshot_date,
    enrolled.frozen_on,
    enrolled.is_frozen,
    enrolled.school_unit_code,
    enrolled.school_form_code,
    enrolled.grade_year,
    enrolled.stage_code,
    classes.class_label,
    homes.home_municipality_code,
    enrolled.is_bridged,
    enrolled.is_in_conflict,
    enrolled.is_counted,
    enrolled._load
from enrolled
left join
    homes
    on enrolled.person_key = homes.person_key and enrolled.snapshot_date = homes.snapshot_date
left join
    classes
    on enrolled.person_key = classes.person_key and enrolled.snapshot_date = classes.snapshot_date
