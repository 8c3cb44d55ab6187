with months as (

    select * from {{ ref('fct_attendance_month') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

pupils as (

    select
        months.*,
        persons.sex_code,
        units.municipality_code,
        {{ month_name('months.month') }} as period,
        cast(months.month + interval 1 month - interval 1 day as date) as period_end_on
    from months
    left join persons on months.person_key = persons.person_key
    left join units on months.school_unit_code = units.school_unit_code
    where months.scheduled_minutes > 0

),

-- first per pupil: at the municipality a pupil of two units is one pupil
scoped as (

    {{ scoped_rows('pupils') }}

),

pupil_sums as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        person_key,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(recorded_minutes) as recorded_minutes,
        sum(present_minutes) as present_minutes,
        sum(valid_absence_minutes) + sum(invalid_absence_minutes) as absence_minutes
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on, person_key

),

cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(*) as pupils,
        count(*) filter (where recorded_minutes > 0) as pupils_recorded,
        sum(scheduled_minutes) as scheduled_minutes,
        sum(recorded_minutes) as recorded_minutes,
        sum(present_minutes) as present_minutes,
        sum(absence_minutes) as absence_minutes
    from pupil_sums
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ('IND-07.ABSENCE', 'absence_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ('IND-07.PRESENCE', 'present_minutes', 'recorded_minutes', 'pupils_recorded', none),
        ('IND-07.COVERAGE', 'recorded_minutes', 'scheduled_minutes', 'pupils', none),
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
