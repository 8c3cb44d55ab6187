"""Which published figures are uncertain since too little is recorded, as the publication itself tells it.

A figure whose register entry names another one (`certain_with`) is uncertain where that one is published below the
limit of its day. Nothing that is kept back is looked at, so that the word gives nothing away.
"""

from __future__ import annotations

import duckdb

LIMIT = "least_coverage_percent"  # in ref_threshold


def tell_certainty(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view `certain_cell`: `published_cell` with `is_uncertain`, and the gated database as `lakehouse`."""
    connection.execute(
        f"""
        create or replace temp view certain_cell as
        select c.*, coalesce(recorded.value < threshold.value::double, false) as is_uncertain
        from published_cell as c
        left join lakehouse.reference.ref_indicator as i
            on c.indicator_id = i.indicator_id and c.indicator_version = i.version::varchar
        left join published_cell as recorded
            on recorded.indicator_id = i.certain_with and c.audience = recorded.audience and c.level = recorded.level
            and c.entity_code = recorded.entity_code and c.breakdown = recorded.breakdown
            and c.breakdown_value = recorded.breakdown_value and c.period = recorded.period
        left join lakehouse.reference.ref_threshold as threshold
            on threshold.threshold_id = '{LIMIT}' and threshold.valid_from::date <= c.period_closed_on
            and coalesce(c.period_closed_on < threshold.valid_to::date, true)
        """
    )
