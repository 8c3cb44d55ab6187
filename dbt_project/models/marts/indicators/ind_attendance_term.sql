with months as (

    select * from {{ ref('fct_attendance_month') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

terms as (

    select * from {{ ref('ref_term') }}

),

thresholds as (

    select * from {{ ref('ref_absence_threshold') }}
    where measured_as = 'share_of_term'

),

by_unit as (

    select
        months.person_key,
        months.school_unit_code,
        units.municipality_code,
        terms.school_year || ' ' || substr(terms.term_code, 1, 2) as period,
        terms.start_date as period_start_on,
        terms.end_date as period_end_on,
        sum(months.recorded_minutes) as recorded_minutes,
        sum(months.valid_absence_minutes + months.invalid_absence_minutes) as absence_minutes,
        sum(months.invalid_absence_minutes) as invalid_minutes
    from months
    inner join terms on months.month between terms.start_date and terms.end_date
    left join units on months.school_unit_code = units.school_unit_code
    where months.recorded_minutes > 0
    group by
        months.person_key, months.school_unit_code, units.municipality_code, terms.school_year, terms.term_code,
        terms.start_date, terms.end_date

),

classes as (

    {{ last_classes(
        'by_unit', ['person_key', 'school_unit_code', 'period'], 'by_unit.period_start_on', 'by_unit.period_end_on'
    ) }}

),

-- a pupil at two units in a term counts at both with the minutes of each, and once in the municipality with all
pupils as (

    select
        'unit' as level,
        school_unit_code as entity_code,
        person_key,
        period,
        period_end_on,
        recorded_minutes,
        absence_minutes,
        invalid_minutes
    from by_unit
    where school_unit_code is not null
    union all
    select
        'municipality',
        municipality_code,
        person_key,
        period,
        period_end_on,
        sum(recorded_minutes),
        sum(absence_minutes),
        sum(invalid_minutes)
    from by_unit
    where municipality_code is not null
    group by municipality_code, person_key, period, period_end_on

),

groups as (

    select
        pupils.*,
        'all' as breakdown,
        'all' as breakdown_value
    from pupils
    union all
    select
        pupils.*,
        'sex' as breakdown,
        persons.sex_code as breakdown_value
    from pupils
    inner join persons on pupils.person_key = persons.person_key
    where persons.sex_code is not null
    union all
    select
        pupils.*,
        'class' as breakdown,
        {{ class_name('classes.class_label') }} as breakdown_value
    from pupils
    inner join
        classes
        on
            pupils.level = 'unit'
            and pupils.entity_code = classes.school_unit_code
            and pupils.person_key = classes.person_key
            and pupils.period = classes.period
    where classes.class_label is not null

),

cells as (

    select
        groups.level,
        groups.entity_code,
        groups.breakdown,
        groups.breakdown_value,
        groups.period,
        groups.period_end_on,
        thresholds.threshold_code,
        count(*) as pupils,
        count(*) filter (
            where {{ has_absence_of(
                "case thresholds.absence_kind when 'invalid' then groups.invalid_minutes else groups.absence_minutes end",
                'groups.recorded_minutes',
                'thresholds.least_percent'
            ) }}
        ) as absent
    from groups
    inner join thresholds on {{ holds_on('thresholds', 'groups.period_end_on') }}
    group by
        groups.level, groups.entity_code, groups.breakdown, groups.breakdown_value, groups.period,
        groups.period_end_on, thresholds.threshold_code

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-07.TERM.' || threshold_code", 'absent', 'pupils', 'pupils', 'absent'),
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
