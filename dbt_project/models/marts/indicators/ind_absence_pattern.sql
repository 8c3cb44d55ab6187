with patterns as (

    select * from {{ ref('fct_absence_pattern') }}
    where recorded_days > 0

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
    where measured_as <> 'share_of_term'

),

-- either of the thresholds of scattered absence is enough; each of the others is an indicator of its own
pupils as (

    select
        patterns.person_key,
        patterns.school_unit_code,
        units.municipality_code,
        persons.sex_code,
        terms.school_year || ' ' || substr(terms.term_code, 1, 2) as period,
        terms.end_date as period_end_on,
        case thresholds.measured_as
            when 'days_in_a_row' then 'IND-07.LONG.' || thresholds.threshold_code
            else 'IND-07.SCATTERED.ANY'
        end as indicator_id,
        bool_or(coalesce({{ has_absence_pattern('patterns', 'thresholds') }}, false)) as is_met
    from patterns
    inner join terms on patterns.term_code = terms.term_code
    inner join thresholds on {{ holds_on('thresholds', 'terms.end_date') }}
    left join persons on patterns.person_key = persons.person_key
    left join units on patterns.school_unit_code = units.school_unit_code
    group by
        patterns.person_key, patterns.school_unit_code, units.municipality_code, persons.sex_code, terms.school_year,
        terms.term_code, terms.end_date, indicator_id

),

scoped as (

    {{ scoped_rows('pupils') }}

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
