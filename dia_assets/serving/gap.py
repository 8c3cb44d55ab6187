"""Girls minus boys, worked out from unrounded values when the two figures are released, and kept as it was then.

The difference of two rounded values may miss by a tenth. It is worked out only where both are shown, and from unrounded
values only where their numbers are shown too: it then tells nothing about who the numbers keep back. Between releases
it stands as the figures do, so that it does not move with a change that is held.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# `released_tonight` and `published_cell` are made by `release`; `gap_before` by `remember`.
QUERY = """
    with pair as (
        select girls.*, boys.value as boys, girls.n is not null and boys.n is not null as has_numbers
        from published_cell as girls
        join published_cell as boys
            using (audience, family, indicator_id, indicator_version, level, entity_code, breakdown, period,
                publication_id)
        where girls.audience = $audience and girls.breakdown = 'sex'
            and girls.breakdown_value = 'K' and boys.breakdown_value = 'M'
            and girls.value is not null and boys.value is not null
    ),
    unrounded as (
        select f.* replace (if(r.unit in ('percent', 'percentage_points'), 100, 1) * f.value as value)
        from lakehouse.marts.fct_indicator_value as f
        join lakehouse.reference.ref_indicator as r
            on r.indicator_id = f.indicator_id and r.version::bigint = f.indicator_version
        where f.breakdown = 'sex'
    )
    select p.indicator_id, p.indicator_version, p.level, p.entity_code, p.period, p.publication_id,
        coalesce(
            case
                when p.has_numbers and p.publication_id in (select publication_id from released_tonight)
                    and abs(g.value - p.value) < 0.0501 and abs(b.value - p.boys) < 0.0501
                    then round(g.value - b.value + sign(g.value - b.value) * 1e-9, 1)
            end,
            t.gap,
            round(p.value - p.boys, 1)
        ) as gap
    from pair as p
    left join unrounded as g
        on g.indicator_id = p.indicator_id and g.level = p.level and g.entity_code = p.entity_code
        and g.period = p.period and g.breakdown_value = 'K'
    left join unrounded as b
        on b.indicator_id = p.indicator_id and b.level = p.level and b.entity_code = p.entity_code
        and b.period = p.period and b.breakdown_value = 'M'
    left join gap_before as t
        on t.indicator_id = p.indicator_id and t.level = p.level and t.entity_code = p.entity_code
        and t.period = p.period and t.publication_id = p.publication_id
"""


def remember(connection: duckdb.DuckDBPyConnection, before: Path | None) -> None:
    """Table `gap_before`: what the publication `before` said, if there is one that had it."""
    connection.execute(
        "create or replace temp table gap_before (indicator_id varchar, level varchar, entity_code varchar,"
        " period varchar, publication_id varchar, gap double)"
    )
    file = before / "parquet" / "sex_gap.parquet" if before else None
    if file and file.is_file():
        connection.execute(
            "insert into gap_before select indicator_id, level, entity_code, period, publication_id, gap"
            " from read_parquet(?)",
            [str(file)],
        )
