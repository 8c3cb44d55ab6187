-- What is this? Counts are shown only as numbers behind results, so that their own limit can be no higher than that of
-- results; and no cell has more dimensions than its policy allows (its level, and its breakdown unless it is of all).
-- If it fails: change ref_suppression_policy or ref_audience_cell; a higher limit for counts alone is not built.
with policies as (

    select * from {{ ref('ref_suppression_policy') }}

),

audience_cells as (

    select * from {{ ref('ref_audience_cell') }}

)

select
    policies.policy_id,
    'count_min' as parameter
from policies
where policies.count_min > least(policies.k_min, policies.k_mean)

union all

select
    policies.policy_id,
    'max_dims' as parameter
from policies
inner join audience_cells on policies.audience = audience_cells.audience
where case when audience_cells.breakdown = 'all' then 0 else 1 end + 1 > policies.max_dims
