with work_lists as (

    select * from {{ ref('ref_work_list') }}

),

duplicates as (

    select * from {{ source('identity', 'work_list') }}
    where name = 'possible_duplicates'

),

unmatched as (

    select * from {{ ref('mst_unmatched_identity') }}

),

unmapped as (

    select * from {{ ref('mst_unmapped_code') }}

),

orphans as (

    select * from {{ ref('mst_orphan_reference') }}

),

conflicts as (

    select * from {{ ref('mst_enrolment_conflict') }}

),

differing as (

    select * from {{ ref('mst_conflicting_attribute') }}

),

late as (

    select * from {{ ref('mst_late_correction') }}

),

-- counts alone: what a few rows say instead of a code may be a person's, so no code is quoted
items as (

    select
        'possible_duplicate' as list_code,
        cast(null as varchar) as reason,
        cast(null as varchar) as dataset,
        cast(null as varchar) as column_name,
        number as row_count
    from duplicates
    union all
    select
        'unmatched',
        reason,
        dataset,
        null,
        row_count
    from unmatched
    union all
    select
        'unmapped_code',
        null,
        system || '.' || dataset,
        column_name,
        sum(row_count)
    from unmapped
    group by system, dataset, column_name
    union all
    select
        'orphan_reference',
        null,
        dataset,
        column_name,
        sum(row_count)
    from orphans
    group by dataset, column_name
    union all
    select
        'enrolment_conflict',
        null,
        'ss12000.enrolment',
        null,
        -- distinct: a pupil may be in several conflicts
        count(distinct person_key)
    from conflicts
    union all
    select
        'conflicting_attribute',
        null,
        surviving_dataset || ', ' || other_dataset,
        attribute,
        row_count
    from differing
    union all
    select
        'late_correction',
        null,
        'ss12000.enrolment',
        null,
        count(*)
    from late

)

select
    items.list_code,
    items.reason,
    items.dataset,
    items.column_name,
    cast(items.row_count as bigint) as row_count,
    work_lists.label_sv,
    work_lists.remedy_sv,
    work_lists.owner
from items
left join
    work_lists
    on items.list_code = work_lists.list_code and items.reason is not distinct from work_lists.reason
where items.row_count > 0
