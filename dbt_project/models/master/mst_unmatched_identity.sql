-- Rows that belong to nobody known, and why. This table should be empty; each row is work for its owner.
with unmatched as (

    select * from {{ source('identity', 'unmatched') }}

)

select
    dataset,
    reason,
    row_count,
    'Systemförvaltaren' as owner
from unmatched
