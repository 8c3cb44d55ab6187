with months as (

    select * from {{ ref('fct_attendance_month') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

classes as (

    {{ last_classes('months', ['person_key', 'school_unit_code', 'month'], 'months.month', 'last_day(months.month)') }}

),

pupils as (

    select
        months.*,
        persons.sex_code,
        units.municipality_code,
        classes.class_label
    from months
    left join persons on months.person_key = persons.person_key
    left join units on months.school_unit_code = units.school_unit_code
    left join
        classes
        on
            months.person_key = classes.person_key
            and months.school_unit_code = classes.school_unit_code
            and months.month = classes.month
    where months.scheduled_minutes > 0

),

-- a pupil of two units in a month is one pupil of the municipality, hence the distinct
by_sex as (

    select
        'unit' as level,
        school_unit_code as entity_code,
        month,
        sex_code,
        {{ attendance_sums('count(*)', 'count(*) filter (where recorded_minutes > 0)') }}
    from pupils
    group by school_unit_code, month, sex_code
    union all
    select
        'municipality',
        municipality_code,
        month,
        sex_code,
        {{ attendance_sums(
            'count(distinct person_key)', 'count(distinct case when recorded_minutes > 0 then person_key end)'
        ) }}
    from pupils
    where municipality_code is not null
    group by municipality_code, month, sex_code

),

-- all pupils, also those whose sex is not known; minutes and pupils add up over the sexes
by_group as (

    select
        *,
        'sex' as breakdown,
        sex_code as breakdown_value
    from by_sex
    where sex_code is not null
    union all
    select
        *,
        'all' as breakdown,
        'all' as breakdown_value
    from by_sex
    union all
    select
        'unit' as level,
        school_unit_code as entity_code,
        month,
        null as sex_code,
        {{ attendance_sums('count(*)', 'count(*) filter (where recorded_minutes > 0)') }},
        'class' as breakdown,
        {{ class_name('class_label') }} as breakdown_value
    from pupils
    where class_label is not null
    group by school_unit_code, month, class_label

),

cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        {{ month_name('month') }} as period,
        cast(month + interval 1 month - interval 1 day as date) as period_end_on,
        sum(pupils) as pupils,
        sum(pupils_recorded) as pupils_recorded,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(recorded_minutes) as recorded_minutes,
        sum(present_minutes) as present_minutes,
        sum(valid_minutes) as valid_minutes,
        sum(invalid_minutes) as invalid_minutes
    from by_group
    group by level, entity_code, breakdown, breakdown_value, month

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-07.ABSENCE'", 'valid_minutes + invalid_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ("'IND-07.VALID'", 'valid_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ("'IND-07.INVALID'", 'invalid_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ("'IND-07.PRESENCE'", 'present_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ("'IND-07.COVERAGE'", 'recorded_minutes', 'scheduled_minutes', 'pupils', none),
    ]) }}

)

select
    indicator_id,
    level,
    entity_code,
    breakdown,
    breakdown_value,
    period,
    period_end_on,
    value,
    n_denominator,
    n_numerator
from long
