select
    audience,
    indicator_id,
    indicator_version,
    family,
    level,
    entity_code,
    breakdown,
    breakdown_value,
    period,
    period_closed_on,
    value,
    mark,
    n,
    n_mark,
    policy_id
from {{ ref('ind_protected_value') }}
