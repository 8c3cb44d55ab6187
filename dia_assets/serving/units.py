"""One small publication per school unit, for its own principal: own figures in full beside the whole municipality's.

A principal sees the pupils of the own unit anyway, so that small groups and periods that are still open are shown; of
everybody else there is nothing but what is public. Anonymous respondents and teachers are shown as the municipality's
management sees them. The folder is closed to others (0750): who may read it is the operator's to say.

    <root>/serving/unit/<school unit code>/current/index.html, siffror.csv, indicator_value.parquet
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dia_assets.pages import swedish, words
from dia_assets.pages.render import Site, is_made_by, render_unit
from dia_assets.serving import folders

log = logging.getLogger(__name__)

FIGURES = "indicator_value.parquet"
SHEET = "siffror.csv"
SCOPES = {"own": "Egen enhet", "municipality": "Hela kommunen"}
Row = dict[str, Any]

# The own unit's pupils in full; its respondents and teachers as the municipality gets them; the municipality's totals
# as everybody gets them.
OWN_AND_PUBLIC = """
    with counted as (
        select indicator_id, version::varchar as indicator_version, counts, name_sv, unit, read_sv
        from lakehouse.reference.ref_indicator
    )
    select c.entity_code as school_unit_code, 'own' as scope, c.*, i.name_sv, i.unit, i.counts, i.read_sv
    from certain_cell as c
    join counted as i using (indicator_id, indicator_version)
    where c.level = 'unit' and c.audience = case i.counts when 'pupils' then 'unit' else 'municipality' end
    union all
    select null, 'municipality', c.*, i.name_sv, i.unit, i.counts, i.read_sv
    from certain_cell as c
    join counted as i using (indicator_id, indicator_version)
    where c.level = 'municipality' and c.audience = 'public'
"""
COLUMNS = (
    "school_unit_code", "scope", "family", "indicator_id", "indicator_version", "name_sv", "unit", "counts",
    "breakdown", "breakdown_value", "period", "period_closed_on", "value", "mark", "n", "n_mark", "is_uncertain",
    "read_sv",
)  # fmt: skip
ORDER = "scope desc, family, indicator_id, period, breakdown, breakdown_value"


@dataclass(frozen=True)
class UnitPublication:
    """What one unit got: its folder, rows, and whether anything was new."""

    school_unit_code: str
    folder: Path
    rows: int
    is_new: bool


def publish_units(
    connection: duckdb.DuckDBPyConnection, root: Path, publication_id: str, keep: int, site: Site, moment: Row
) -> list[UnitPublication]:
    """Write each unit's folder under `root` where its figures are not those of its last publication.

    `connection` has `certain_cell` and the gated database attached as `lakehouse`. `moment` is the row of table
    `publication`. The folder of a unit that no longer has figures is deleted.
    """
    rows = connection.execute(f"select {', '.join(COLUMNS)} from ({OWN_AND_PUBLIC}) order by {ORDER}").to_arrow_table()
    names = dict(
        connection.execute("select school_unit_code, school_unit_name from lakehouse.marts.dim_school_unit").fetchall()
    )
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows.to_pylist():
        grouped[row["school_unit_code"] or ""].append(row)
    whole = grouped.pop("", [])
    for gone in sorted(path for path in (root.iterdir() if root.is_dir() else ()) if path.name not in grouped):
        shutil.rmtree(gone)
        log.warning("school unit %s has no figures any longer: its folder is deleted", gone.name)
    made = []
    for code, own in sorted(grouped.items()):
        shown = {(row["indicator_id"], row["period"], row["breakdown_value"]) for row in own}
        beside = [r for r in whole if (r["indicator_id"], r["period"], r["breakdown_value"]) in shown]
        unit = {"school_unit_code": code, "school_unit_name": names.get(code) or code}
        made.append(_publish_one(root / code, publication_id, keep, site, moment, unit, [*own, *beside], rows.schema))
    log.info("published for %d school units, %d with new figures", len(made), sum(one.is_new for one in made))
    return made


def _publish_one(
    serving: Path, publication_id: str, keep: int, site: Site, moment: Row, unit: Row, rows: Sequence[Row],
    schema: pa.Schema,
) -> UnitPublication:  # fmt: skip
    folders.sweep(serving)
    serving.mkdir(parents=True, exist_ok=True)
    serving.chmod(0o750)
    figures = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), figures, compression="zstd")
    before = folders.current_version(serving)
    told = hashlib.sha256(figures.getvalue()).hexdigest()
    same = before and folders.read_checksums(before).get(FIGURES) == told
    if before and same and is_made_by(site, before / "index.html", unit["school_unit_name"]):
        return UnitPublication(unit["school_unit_code"], before, len(rows), is_new=False)
    with folders.building(serving, publication_id) as folder:
        (folder / FIGURES).write_bytes(figures.getvalue())
        (folder / SHEET).write_text(_sheet(rows), encoding="utf-8-sig", newline="")
        render_unit(folder, site, moment, unit, rows)
    folders.prune(serving, keep)
    return UnitPublication(unit["school_unit_code"], serving / "versions" / publication_id, len(rows), is_new=True)


def _sheet(rows: Sequence[Row]) -> str:
    """The figures as Swedish spreadsheets read them: semicolon, decimal comma, headings in Swedish."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([
        "Omfattar", "Indikator", "Namn", "Grupp", "Period", "Värde", "Enhet", "Tecken", "Antal", "Tecken för antal",
    ])  # fmt: skip
    for row in rows:
        value = "" if row["value"] is None else swedish.number(row["value"], 1).replace(swedish.NO_BREAK_SPACE, "")
        writer.writerow([
            SCOPES[row["scope"]], row["indicator_id"], row["name_sv"],
            words.GROUPS.get(row["breakdown_value"], row["breakdown_value"]), swedish.period(row["period"]),
            value.replace(swedish.MINUS, "-"), words.UNITS.get(row["unit"], row["unit"]), row["mark"] or "",
            "" if row["n"] is None else row["n"], row["n_mark"] or "",
        ])  # fmt: skip
    return text.getvalue()
