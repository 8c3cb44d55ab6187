with recursive lineage as (

    select * from {{ ref('ref_school_unit_lineage') }}

),

-- a successor may have successors of its own; ten steps are more than any unit has had, and a circle ends there
steps as (

    select
        from_school_unit_code as school_unit_code,
        to_school_unit_code as successor_school_unit_code,
        share,
        valid_from,
        1 as step
    from lineage
    union all
    select
        steps.school_unit_code,
        lineage.to_school_unit_code,
        steps.share * lineage.share,
        lineage.valid_from,
        steps.step + 1
    from steps
    inner join
        lineage
        on
            steps.successor_school_unit_code = lineage.from_school_unit_code
            and steps.valid_from <= lineage.valid_from
    where steps.step < 10

)

select
    school_unit_code,
    successor_school_unit_code,
    sum(share) as share,
    max(valid_from) as valid_from,
    max(step) as steps,
    successor_school_unit_code not in (select lineage.from_school_unit_code from lineage) as is_present
from steps
group by school_unit_code, successor_school_unit_code
