with decisions as (

    select * from {{ source('history', 'elevstod__support_decision') }}

),

support_types as (

    select * from {{ ref('ref_support_type') }}

),

-- two words for the same support are one span; it goes on while any of them does
spans as (

    select
        decisions.person_key,
        decisions.school_unit_code,
        support_types.support_type_code,
        decisions.start_date,
        case when count(decisions.end_date) = count(*) then max(decisions.end_date) end as end_date,
        min(decisions.decision_date) as decision_date,
        coalesce(bool_or(support_types.needs_action_programme), false) as needs_action_programme,
        max(decisions._load) as _load
    from decisions
    left join
        support_types
        on
            lower(decisions.support_type) = lower(support_types.local_type)
            and {{ holds_on('support_types', 'decisions.start_date') }}
    group by
        decisions.person_key, decisions.school_unit_code, support_types.support_type_code, decisions.start_date

)

select
    person_key,
    school_unit_code,
    support_type_code,
    start_date,
    end_date,
    decision_date,
    needs_action_programme,
    _load
from spans
