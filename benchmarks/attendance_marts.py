"""Makes the marts of attendance from a lake's history, as the product does or by bare SQL; run as a process of its own.

    DIA_DATA=… python -m benchmarks.attendance_marts prepare|bare
    DIA_DATA=… python -m benchmarks.attendance_marts product|differing FILE    # what is told goes into the file

`prepare` lays a copy of the accepted database, without these marts, where dbt works. `product` lets dbt build them
there with their tests and tells the seconds of its models alone. `bare` makes the same aggregates by the plain SQL of
`bare_attendance.sql`, on the same files of history, with the same threads and memory. `differing` counts
the rows that are not the same in both, and deletes both.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb

from dia_assets import transform
from dia_assets.engine import connect
from dia_assets.settings import load_settings

MARTS = ("fct_attendance_month", "fct_absence_pattern")
BARE = Path(__file__).with_name("bare_attendance.sql")
BARE_DATABASE = "bare.duckdb"
SAME = (
    ("attendance_month", "lakehouse.marts.fct_attendance_month"),
    ("absence_pattern", "(select *, term_code as term from lakehouse.marts.fct_absence_pattern)"),
)
COLUMNS = {
    "attendance_month": "person_key, school_unit_code, month, rows_read, lessons, scheduled_minutes, recorded_minutes,"
    " present_minutes, valid_absence_minutes, invalid_absence_minutes, _load",
    "absence_pattern": "person_key, school_unit_code, term, recorded_days, longest_absence_run, longest_invalid_run,"
    " most_days_with_invalid_lesson, round(highest_invalid_share, 9)",
}


def prepare() -> None:
    """The working copy, as it is before a night that has everything to build."""
    settings = load_settings()
    settings.lake.prepare()
    shutil.copyfile(settings.lake.accepted_db, settings.lake.working_db)
    with connect(settings, settings.lake.working_db) as connection:
        for mart in MARTS:
            connection.execute(f"drop table marts.{mart}")


def product() -> float:
    """Build by dbt; answers with the seconds of the models alone, tests and start left out."""
    settings = load_settings()
    outcomes = transform.run_layer(settings, "marts", models=("path:models/marts/attendance",))
    return sum(item.seconds for item in outcomes if item.kind == "model")


def bare() -> None:
    """Make the same aggregates in a database of their own."""
    settings = load_settings()
    made = settings.lake.work / BARE_DATABASE
    made.unlink(missing_ok=True)
    with duckdb.connect(str(made)) as connection:
        connection.execute(f"set threads = {settings.threads}; set memory_limit = '{settings.memory_limit}'")
        connection.execute(f"set temp_directory = '{settings.lake.spill}'")
        connection.execute(f"attach '{settings.lake.accepted_db}' as lakehouse (read_only)")
        connection.execute(BARE.read_text(encoding="utf-8"))


def differing() -> int:
    """Delete what was made, and tell how many rows of one way the other does not have."""
    lake = load_settings().lake
    with duckdb.connect(str(lake.work / BARE_DATABASE)) as connection:
        connection.execute(f"attach '{lake.working_db}' as lakehouse (read_only)")
        found = count_differing(connection)
    for path in (lake.work / BARE_DATABASE, lake.working_db):
        path.unlink()
    return found


def count_differing(connection: duckdb.DuckDBPyConnection) -> int:
    """Rows that one way has and not the other; `connection` is to the bare one, the product's is attached."""
    found = connection.execute(" union all ".join(_not_in_the_other(*each) for each in SAME)).fetchall()
    return sum(count for (count,) in found)


def _not_in_the_other(bare_table: str, product_table: str) -> str:
    names = COLUMNS[bare_table]
    return " union all ".join(
        f"select count(*) from (select {names} from {one} except select {names} from {other})"
        for one, other in ((bare_table, product_table), (product_table, bare_table))
    )


if __name__ == "__main__":
    told: float | None = {"prepare": prepare, "product": product, "bare": bare, "differing": differing}[sys.argv[1]]()
    if told is not None:
        Path(sys.argv[2]).write_text(f"{told}", encoding="utf-8")
