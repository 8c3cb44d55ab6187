-- What is this? Disclosure control's first rule, on the result itself.
-- If it fails: publish nothing; the fault is in pub_indicator_value.
select
    published.audience,
    published.indicator_id,
    published.entity_code,
    published.period
from {{ ref('pub_indicator_value') }} as published
inner join {{ ref('ref_suppression_policy') }} as policies on published.policy_id = policies.policy_id
inner join
    {{ ref('ref_indicator') }} as indicators
    on published.indicator_id = indicators.indicator_id and published.indicator_version = indicators.version
left join
    {{ ref('ref_least_number') }} as least_numbers
    on policies.policy_id = least_numbers.policy_id and indicators.counts = least_numbers.counts
where
    published.n between 1 and coalesce(least_numbers.least, policies.k_min) - 1
    or (published.value is not null and published.mark is not null)
