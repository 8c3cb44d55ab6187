"""What `dia scan` prints: the findings of the accepted database in Swedish, kind by kind. Not for publishing."""

from __future__ import annotations

from itertools import groupby

import duckdb

from dia_assets.engine import connect
from dia_assets.errors import DiaError
from dia_assets.pages import swedish
from dia_assets.settings import Settings

ASKS = """
    select s.scan_code, s.what_sv, s.effect_unit, coalesce(u.school_unit_name, f.school_unit_code) as unit, f.period,
        f.subject, f.smallest_n, f.effect, f.standard_error, f.q
    from marts.scan_finding as f
    join reference.ref_scan as s using (scan_code)
    left join marts.dim_school_unit as u using (school_unit_code)
    order by s.order_no, q, unit, period, subject
"""


def scan_sv(settings: Settings) -> str:
    """Every finding, and how many comparisons were made. Raises `DiaError` before the first accepted night."""
    database = settings.lake.accepted_db
    if not database.is_file():
        raise DiaError("there is no accepted database yet: run `dia nightly` first", "Kör först dia nightly.")
    with connect(settings, database, read_only=True) as connection:
        return "\n".join(_lines(connection))


def _lines(connection: duckdb.DuckDBPyConnection) -> list[str]:
    counted = connection.execute("select count(*) from marts.scan_comparison").fetchone() or (0,)
    rows = connection.execute(ASKS).to_arrow_table().to_pylist()
    lines = [
        f"{len(rows)} av {swedish.number(counted[0])} jämförelser sticker ut. Högst en av tjugo väntas vara slump.",
        "En avvikelse är en fråga att ställa, inget svar. En enhet jämförs med kommunens övriga. Får inte publiceras.",
    ]
    for _, group in groupby(rows, key=lambda row: row["scan_code"]):
        found = list(group)
        lines += ["", found[0]["what_sv"]]
        for row in found:
            where = ", ".join(part for part in (row["unit"], row["subject"], row["period"]) if part)
            effect = f"{'+' if row['effect'] > 0 else ''}{swedish.number(row['effect'], 1)} {row['effect_unit']}"
            spread = swedish.number(1.96 * row["standard_error"], 1)
            lines.append(f"  {where}: {effect} (±{spread}; minst {row['smallest_n']} i varje grupp)")
    return lines
