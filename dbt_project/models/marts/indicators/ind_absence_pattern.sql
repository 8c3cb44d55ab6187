with terms as (

    select * from {{ ref('ref_term') }}

),

patterns as (

    select
        found.*,
        terms.school_year,
        terms.start_date,
        terms.end_date
    from {{ ref('fct_absence_pattern') }} as found
    inner join terms on found.term_code = terms.term_code
    where found.recorded_days > 0

),

classes as (

    {{ last_classes(
        'patterns', ['person_key', 'school_unit_code', 'term_code'], 'patterns.start_date', 'patterns.end_date'
    ) }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

thresholds as (

    select * from {{ ref('ref_absence_threshold') }}
    where measured_as <> 'share_of_term'

),

-- either of the thresholds of scattered absence is enough; each of the others is an indicator of its own
pupils as (

    select
        patterns.person_key,
        patterns.school_unit_code,
        units.municipality_code,
        persons.sex_code,
        classes.class_label,
        patterns.school_year || ' ' || substr(patterns.term_code, 1, 2) as period,
        patterns.end_date as period_end_on,
        case thresholds.measured_as
            when 'days_in_a_row' then 'IND-07.LONG.' || thresholds.threshold_code
            else 'IND-07.SCATTERED.ANY'
        end as indicator_id,
        bool_or(coalesce({{ has_absence_pattern('patterns', 'thresholds') }}, false)) as is_met
    from patterns
    inner join thresholds on {{ holds_on('thresholds', 'patterns.end_date') }}
    left join persons on patterns.person_key = persons.person_key
    left join units on patterns.school_unit_code = units.school_unit_code
    left join
        classes
        on
            patterns.person_key = classes.person_key
            and patterns.school_unit_code = classes.school_unit_code
            and patterns.term_code = classes.term_code
    group by
        patterns.person_key, patterns.school_unit_code, units.municipality_code, persons.sex_code,
        classes.class_label, patterns.school_year, patterns.term_code, patterns.end_date, indicator_id

),

scoped as (

    {{ scoped_rows('pupils', by_class=true) }}

),

-- a pupil of two units counts at both, and once in the municipality, there as soon as one unit has such absence
cells as (

    select
        indicator_id,
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(distinct person_key) as pupils,
        count(distinct case when is_met then person_key end) as absent
    from scoped
    group by indicator_id, level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ('indicator_id', 'absent', 'pupils', 'pupils', 'absent'),
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
