"""A gated database in miniature: marts written by hand, reference tables from the real seeds."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from dia_assets.contracts import load_contracts
from dia_assets.ledger import CheckResult, Ledger
from dia_assets.serving.publish import Publication, Run, publish
from dia_assets.settings import PROJECT, Settings

REQUIRED = {key: contract for key, contract in load_contracts().items() if not contract.optional}

SEEDS = PROJECT / "dbt_project" / "seeds"
REFERENCE = (
    "ref_municipality", "ref_indicator", "ref_suppression_policy", "ref_least_number", "ref_official_series",
    "ref_threshold",
)  # fmt: skip
UNITS = {
    "00000001": "Åsskolan",
    "00000002": "Björkskolan",
    "00000003": "Örtagårdsskolan",
    "00000004": "Ängsskolan",
    "00000005": "Zetterbergs skola",
    "00000006": "Östra skolan F–9",
    "00000007": "Internationella skolan i Norra Stadsdelen",
    "00000008": "Lillskolan",
}
MUNICIPALITY = "0381"
NOW = datetime(2026, 7, 2, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Cell:
    """One row of pub_indicator_value."""

    audience: str = "public"
    indicator_id: str = "IND-03"
    indicator_version: int = 1
    family: str = "leaving_results"
    level: str = "unit"
    entity_code: str = "00000001"
    breakdown: str = "all"
    breakdown_value: str = "all"
    period: str = "2025/26"
    period_closed_on: date = date(2026, 7, 1)
    value: float | None = 76.5
    mark: str | None = None
    n: int | None = 40
    n_mark: str | None = None
    policy_id: str = "public-1"
    exact: float | None = None  # the value before it is rounded, where a test looks at that


def suppressed(cell: Cell) -> Cell:
    """The cell as it is published when it is about too few pupils."""
    return replace(cell, value=None, mark="..", n=None, n_mark="..")


@cache
def seed(name: str) -> pa.Table:
    """A reference table as the project has it."""
    return duckdb.sql(f"from read_csv('{SEEDS / name}.csv', all_varchar = true)").to_arrow_table()


def write_lakehouse(path: Path, cells: list[Cell]) -> Path:
    """Write the database that a night hands over to publication."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts; create schema master; create schema reference;")
        for name in REFERENCE:
            connection.register("seed", seed(name))
            connection.execute(f"create table reference.{name} as from seed")
        columns = """audience varchar, indicator_id varchar, indicator_version bigint, family varchar, level varchar,
            entity_code varchar, breakdown varchar, breakdown_value varchar, period varchar, period_closed_on date,
            value double, mark varchar, n bigint, n_mark varchar, policy_id varchar"""
        connection.execute(f"create table marts.pub_indicator_value ({columns})")
        if cells:
            rows = pa.Table.from_pylist([vars(cell) for cell in cells])
            connection.register("rows", rows)
            connection.execute("insert into marts.pub_indicator_value by name select * exclude (exact) from rows")
        _write_unrounded(connection, has_rows=bool(cells))
        connection.execute(
            """create table marts.dim_school_unit (school_unit_code varchar, school_unit_name varchar,
            municipality_code varchar, municipality_name varchar, principal_type varchar, start_date date,
            end_date date)"""
        )
        connection.executemany(
            "insert into marts.dim_school_unit values (?, ?, '0381', 'Enköping', 'Kommunal', null, null)",
            list(UNITS.items()),
        )
        connection.execute(
            """create table marts.fct_external_statistics as select '00000099' as school_unit_code,
            'Grannskolan' as school_name, '0380' as municipality_code, '2024/25' as school_year,
            'average_merit_value' as measure_id, 'points' as unit, 'IND-02' as indicator_id, null::double as value,
            '..' as mark, 'Statistik från Skolverket' as source_sv"""
        )
        connection.execute(
            """create table marts.fct_official_value as select indicator_id, level, entity_code,
            '2025/26' as period, 'Kolada' as publisher, series, value::double as value, mark, 'Se registret' as note_sv
            from (values ('IND-03', 'N15419', 'municipality', '0381', 76.1, null),
            ('IND-02', 'N15505', 'municipality', '0381', null, 'Private'),
            ('IND-02', 'N15504', 'municipality', '0381', 221.1, null),
            ('IND-04.YP', 'N15428', 'municipality', '0381', 84.1, null),
            ('IND-03', 'average_merit_value', 'unit', '00000001', 75.0, null)
            ) as t(indicator_id, series, level, entity_code, value, mark)"""
        )
        connection.execute(
            """create table master.mst_work_item as select 'unmatched' as list_code, 'Tillfälligt nummer' as label_sv,
            'scb.final_grade_year9' as dataset, null::varchar as column_name, 28::bigint as row_count,
            'Rätta numret i källan' as remedy_sv, 'Systemförvaltaren' as owner union all select 'possible_duplicate',
            'Möjliga dubbletter', null, null, 3, 'Kör dia identity candidates', 'Systemförvaltaren'"""
        )
    return path


def _write_unrounded(connection: duckdb.DuckDBPyConnection, has_rows: bool) -> None:
    """Of every audience's cells, the value that they were rounded from."""
    connection.execute(
        """create table marts.fct_indicator_value (indicator_id varchar, indicator_version bigint, level varchar,
        entity_code varchar, breakdown varchar, breakdown_value varchar, period varchar, value double)"""
    )
    if has_rows:
        connection.execute(
            """insert into marts.fct_indicator_value select c.indicator_id, c.indicator_version, level, entity_code,
            breakdown, breakdown_value, period, any_value(coalesce(exact::double, value)) / if(any_value(unit) =
            'percent', 100, 1) from rows as c join reference.ref_indicator as i on i.indicator_id = c.indicator_id
            and i.version::bigint = c.indicator_version group by all"""
        )


def night(
    settings: Settings, cells: list[Cell], *, run_id: str = "run-1", now: datetime = NOW
) -> dict[str, Publication]:
    """One night's publication of these figures, by audience."""
    database = write_lakehouse(settings.data / "internal" / "lakehouse.duckdb", cells)
    run = Run(run_id=run_id, now=now, code_version="0.1.0")
    made = publish(settings, settings.lake, database, run, REQUIRED, Ledger(settings.lake.ledger))
    return {publication.audience: publication for publication in made}


def fill_ledger(settings: Settings) -> Ledger:
    """A ledger with an accepted, a refused and a partly quarantined delivery, and rules that hold and do not."""
    ledger = Ledger(settings.lake.ledger)
    for number, contract in enumerate(REQUIRED.values()):
        if number == 3:
            continue
        delivery = ledger.add_delivery(
            system=contract.system,
            dataset=contract.name,
            file=f"fil_{number}.csv",
            sha256=f"{number:064d}",
            size=1000,
            received_at=datetime(2026, 7, 1 if number % 4 else 28 - number, 0, 0, tzinfo=UTC).replace(
                month=7 if number % 4 else 1
            ),
            landed_path=Path("x"),
        )
        lost = 12 if number == 1 else 0
        ledger.accept(delivery.load, rows_read=5000, rows_kept=5000 - lost, rows_quarantined=lost, raw_version=0)
    refused = ledger.add_delivery(
        system="narvaro",
        dataset="lesson_attendance",
        file="lektionsnarvaro_2026-07-01.csv",
        sha256="f" * 64,
        size=10,
        received_at=datetime(2026, 7, 1, 22, 0, tzinfo=UTC),
        landed_path=Path("x"),
    )
    ledger.refuse(
        refused.load,
        rule="header",
        reason_sv="Kolumnen Giltig frånvaro saknas; filen har i stället en okänd kolumn på plats 9.",
        remedy_sv="Exportera filen på nytt med kolumnnamnen från avtalet.",
    )
    ledger.start_run("run-0", datetime(2026, 6, 20, tzinfo=UTC))
    ledger.record_checks("run-0", _checks())
    return ledger


def _checks() -> list[CheckResult]:
    def check(
        rule: str, layer: str, dataset: str, dimension: str, severity: str, failed: int, title: str
    ) -> CheckResult:
        return CheckResult(
            rule, layer, dataset, dimension, severity, failed == 0, 7_012_345, failed, title,  # type: ignore[arg-type]
            "Rätta minuterna i närvarosystemet och exportera dagen igen.", "Samordnaren för skoladministration",
        )  # fmt: skip

    attendance = "narvaro.lesson_attendance"
    return [
        check("minutes_add_up", "raw", attendance, "riktighet", "warn", 1841, "Minuterna på en lektion går ihop"),
        check("no_doubles", "raw", attendance, "unikhet", "quarantine", 3, "En lektion finns en gång per elev"),
        check("date_known", "raw", attendance, "fullständighet", "block", 0, "Datum finns på varje rad"),
        check("unit_known", "master", "mst_enrolment", "riktighet", "block", 0, "Skolenheten finns i registret"),
        check("merit_range", "marts", "fct_leaving", "riktighet", "block", 0, "Meritvärdet är mellan 0 och 340"),
    ]


def demo_cells() -> list[Cell]:
    """Five school years and twelve months of figures for both audiences, with suppressed ones among them."""
    chance = random.Random(7)
    cells: list[Cell] = []
    shares = ["IND-03", "IND-04.YP", "IND-04.ES", "IND-04.EKHUSA", "IND-04.NATE"]
    for audience, k in (("public", 10), ("municipality", 5)):
        base = Cell(audience=audience, policy_id=f"{audience}-1")
        for year in range(2021, 2026):
            period = f"{year}/{(year + 1) % 100}"
            closed = date(year + 1, 7, 1)
            for indicator, middle in [("IND-02", 221.0), *((i, 84.0 - 2 * p) for p, i in enumerate(shares))]:
                here = replace(base, indicator_id=indicator, period=period, period_closed_on=closed)
                cells += _places(here, middle, 12.0 if indicator == "IND-02" else 5.0, k, chance)
        for month in range(1, 13):
            year = 2025 if month > 7 else 2026
            here = replace(base, family="attendance", period=f"{year}-{month:02d}", period_closed_on=date(2026, 7, 1))
            for indicator, middle in (("IND-07.ABSENCE", 7.8), ("IND-07.PRESENCE", 92.2), ("IND-07.COVERAGE", 95.0)):
                cells += _places(replace(here, indicator_id=indicator), middle, 1.4, k, chance)
    return cells


def cells_of_other_families() -> list[Cell]:
    """A period each of tests against grades, surveys, teachers and a term's absence, for one audience."""
    chance = random.Random(8)
    base = Cell(audience="municipality", policy_id="municipality-1")
    told = {
        ("test_vs_grade", "2024/25"): {"IND-05.MA.NET": 25.0},
        ("survey_y8", "2023/24"): {"IND-08.Y8.TRYGGHET.INDEX": 7.3, "IND-08.Y8.RESPONSE": 87.0},
        ("staff", "2025/26"): {"IND-09.QUALIFIED": 93.0, "IND-09.PUPILS": 12.0},
        ("attendance_term", "2025/26 HT"): {"IND-07.TERM.OVER15": 14.0},
    }
    return [
        cell
        for (family, period), values in told.items()
        for indicator, middle in values.items()
        for cell in _places(replace(base, family=family, period=period, indicator_id=indicator), middle, 0.5, 5, chance)
        if cell.breakdown == "all"
    ]


def _places(here: Cell, middle: float, spread: float, k: int, chance: random.Random) -> list[Cell]:
    def figure(level: str, code: str, group: str, n: int) -> Cell:
        value = round(min(chance.gauss(middle, spread), 100 if middle < 100 else 340), 1)
        breakdown = "all" if group == "all" else "sex"
        cell = replace(
            here, level=level, entity_code=code, breakdown=breakdown, breakdown_value=group, value=value, n=n
        )
        return suppressed(cell) if n < k else cell

    groups = ("all", "K", "M")
    cells = [figure("municipality", MUNICIPALITY, g, 620 if g == "all" else 310) for g in groups]
    for number, code in enumerate(UNITS):
        n = 9 if code == "00000008" else 40 + 11 * number
        cells.append(figure("unit", code, "all", n))
        if here.audience == "municipality":
            cells += [figure("unit", code, group, n // 2) for group in ("K", "M")]
    return cells
