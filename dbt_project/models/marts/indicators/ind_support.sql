with snapshots as (

    select * from {{ ref('fct_enrolment_snapshot') }}
    where is_counted and school_form_code = 'GR'

),

spans as (

    select * from {{ ref('fct_support_span') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

lineage as (

    select * from {{ ref('mst_school_unit_lineage') }}

),

-- a decision holds at the unit whose principal made it, and at the unit that the unit has gone over into
supported as (

    select
        snapshots.person_key,
        snapshots.snapshot_date,
        bool_or(spans.needs_action_programme) as has_programme,
        bool_or(coalesce(spans.support_type_code = 'adapted_study_course', false)) as has_adapted_course,
        bool_or(coalesce(spans.support_type_code = 'special_teaching_group', false)) as has_special_group
    from snapshots
    inner join
        spans
        on
            snapshots.person_key = spans.person_key
            and {{ holds_during('spans', 'snapshots.snapshot_date') }}
    where
        snapshots.school_unit_code = spans.school_unit_code
        or exists (
            select 1
            from lineage
            where
                lineage.school_unit_code = spans.school_unit_code
                and lineage.successor_school_unit_code = snapshots.school_unit_code
        )
    group by snapshots.person_key, snapshots.snapshot_date

),

pupils as (

    select
        snapshots.person_key,
        snapshots.school_unit_code,
        snapshots.class_label,
        units.municipality_code,
        persons.sex_code,
        snapshots.school_year as period,
        snapshots.snapshot_date as period_end_on,
        coalesce(supported.has_programme, false) as has_programme,
        coalesce(supported.has_adapted_course, false) as has_adapted_course,
        coalesce(supported.has_special_group, false) as has_special_group
    from snapshots
    left join
        supported
        on snapshots.person_key = supported.person_key and snapshots.snapshot_date = supported.snapshot_date
    left join persons on snapshots.person_key = persons.person_key
    left join units on snapshots.school_unit_code = units.school_unit_code

),

scoped as (

    {{ scoped_rows('pupils', by_class=true) }}

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
        count(*) filter (where has_programme) as with_programme,
        count(*) filter (where has_adapted_course) as with_adapted_course,
        count(*) filter (where has_special_group) as with_special_group
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-13.SUPPORT.PROGRAMME'", 'with_programme', 'pupils', 'pupils', 'with_programme'),
        ("'IND-13.SUPPORT.COURSE'", 'with_adapted_course', 'pupils', 'pupils', 'with_adapted_course'),
        ("'IND-13.SUPPORT.GROUP'", 'with_special_group', 'pupils', 'pupils', 'with_special_group'),
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
