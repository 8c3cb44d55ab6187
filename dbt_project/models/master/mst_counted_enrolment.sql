with versions as (

    select * from {{ source('recorded', 'ss12000__enrolment') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

aliases as (

    select * from {{ ref('ref_school_form_alias') }}

),

school_forms as (

    select * from {{ ref('ref_school_form') }}

),

grade_years as (

    select * from {{ ref('ref_grade_year') }}

),

programmes as (

    select * from {{ ref('ref_programme') }}

),

all_thresholds as (

    select * from {{ ref('ref_threshold') }}

),

thresholds as (

    select * from all_thresholds
    where threshold_id = 'enrolment_gap_days'

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

count_days as (

    {{ count_days_since('(select min(cast(versions._recorded_at as date)) from versions)') }}

),

frozen as (

    {{ frozen_count_days('versions', 'all_thresholds') }}

),

-- what was known of every enrolment when the count was frozen; until then, what is known now
known as (

    {{ latest_of(
        '(select versions.*, frozen.snapshot_date from versions inner join frozen on ' ~ known_on('versions', 'frozen.frozen_on') ~ ')',
        ['snapshot_date', 'person_key', 'organisation_id', 'school_type', 'start_date'],
    ) }}

),

enrolments as (

    {{ mapped_enrolments('known', by=['snapshot_date']) }}

),

{{ counted_spans(by=['snapshot_date']) }},

enrolled as (

    select
        counted_spans.*,
        row_number() over (
            partition by counted_spans.person_key, counted_spans.snapshot_date
            order by {{ order_of_attribution('counted_spans') }}
        ) as nth
    from counted_spans
    where counted_spans.is_main and {{ holds_during('counted_spans', 'counted_spans.snapshot_date') }}

)

select
    enrolled.person_key,
    frozen.school_year,
    frozen.spring_year,
    frozen.snapshot_date,
    frozen.frozen_on,
    frozen.frozen_on < run_clock.today as is_frozen,
    enrolled.school_unit_code,
    enrolled.school_form_code,
    enrolled.grade_year,
    enrolled.stage_code,
    enrolled.is_bridged and enrolled.snapshot_date > enrolled.stated_end_date as is_bridged,
    enrolled.is_in_conflict,
    not enrolled.is_in_conflict as is_counted,
    enrolled._load
from enrolled
inner join frozen on enrolled.snapshot_date = frozen.snapshot_date
cross join run_clock
where enrolled.nth = 1
