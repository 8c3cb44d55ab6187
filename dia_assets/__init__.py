"""The Dagster code location of the lakehouse: from raw school extracts to published, gated school data.

Rooms, in the order in which data passes them: `sources` → `landing` → `gates` → `identity` → `history` →
`transform` (dbt) → `serving` → `pages`. A later room never imports an earlier one's insides.
"""

import os

# Quiet by design: none of the tools inside reports anything to anybody.
for _switch, _value in {
    "DAGSTER_TELEMETRY_DISABLED": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
}.items():
    os.environ.setdefault(_switch, _value)
