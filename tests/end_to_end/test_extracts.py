"""Tests of year 3 and 6, surveys, staff, assessments, support, upper secondary, self-assessments: files to history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from dia_assets import delta
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.engine import connect
from dia_assets.history import tables
from dia_assets.history import write as history
from dia_assets.identity import vault
from dia_assets.landing.zone import land
from dia_assets.ledger import Ledger
from dia_assets.orchestration.ingest import take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.orchestration.models import open_staging
from dia_assets.sources.folder import find_files
from dia_assets.synthetic.assessments import write_assessments
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.register import write_register
from dia_assets.synthetic.scb import write_results
from dia_assets.synthetic.self_assessments import write_self_assessments
from dia_assets.synthetic.staff_extract import write_staff
from dia_assets.synthetic.support import write_support
from dia_assets.synthetic.surveys import write_surveys
from dia_assets.synthetic.truth import QUARANTINE, Truth
from dia_assets.synthetic.upper_secondary_extract import write_upper_secondary
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_STRING, World

EXTRACTS = {
    key: contract
    for key, contract in load_contracts().items()
    if contract.system in ("enkat", "personal", "bedomning", "elevstod", "gymnasiebetyg", "sjalvskattning")
    or contract.name in ("national_test_year3", "national_test_year6")
}
REGISTER = {key: load_contracts()[key] for key in ("ss12000.person", "ss12000.enrolment", "ss12000.duty")}
OF_PERSONS = {key: contract for key, contract in EXTRACTS.items() if contract.person_identifiers}


@dataclass
class Taken:
    """What went in, and the lakehouse that it is in."""

    world: World
    truth: Truth
    extracts: Path
    lakehouse: Lakehouse
    connection: duckdb.DuckDBPyConnection

    def count(self, sql: str) -> int:
        found = self.connection.execute(f"select count(*) from {sql}").fetchone()
        assert found is not None
        return int(found[0])

    def files(self, contract: DatasetContract) -> list[Path]:
        return find_files(self.extracts / contract.system, contract)

    def held(self, contract: DatasetContract) -> list[dict[str, Any]]:
        path = self.lakehouse.lake.held(contract)
        if not tables.exists(path):
            return []
        return self.connection.execute(f"select * from {delta.view_sql(path)}").to_arrow_table().to_pylist()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    folder = tmp_path_factory.mktemp("extracts")
    world, truth, extracts = build_world(PRESETS["tiny"], 7), Truth(), folder / "extracts"
    write_register(world, extracts / "ss12000", truth)
    write_results(world, extracts / "scb", truth)
    write_surveys(world, extracts / "enkat", truth)
    write_staff(world, extracts / "personal", truth)
    write_assessments(world, extracts / "bedomning", truth)
    write_support(world, extracts / "elevstod", truth)
    write_upper_secondary(world, extracts / "gymnasiebetyg", truth)
    write_self_assessments(world, extracts / "sjalvskattning", truth)
    lakehouse = Lakehouse(environment={"DIA_DATA": str(folder / "data"), "DIA_NOW": "2026-06-04T02:00:00+00:00"})
    lake, settings = lakehouse.lake, lakehouse.settings
    lake.prepare()
    ledger, contracts = Ledger(lake.ledger), REGISTER | EXTRACTS
    for contract in contracts.values():
        land(settings, lake, ledger, contract, find_files(extracts / contract.system, contract), lakehouse.moment)
        take_in(lakehouse, contract)
    vault.resolve(settings, lake, ledger, contracts.values(), lakehouse.moment)
    open_staging(lakehouse)
    with connect(settings, lake.working_db) as connection:
        layouts = {key: tables.layout(connection, contract) for key, contract in contracts.items()}
        for key, contract in contracts.items():
            history.append_new(connection, lake, ledger, contract, layouts[key])
        tables.create_history_views(connection, lake, contracts.values(), layouts)
        yield Taken(world, truth, extracts, lakehouse, connection)


def rows_in(file: Path) -> int:
    """The data rows of an extract; only SCB's files have no heading."""
    if file.suffix == ".xlsx":
        return len(CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()) - 1
    return len(file.read_bytes().splitlines()) - (file.suffix == ".csv")


@pytest.mark.parametrize("key", EXTRACTS)
def test_every_row_of_every_file_is_kept_or_set_aside_as_planted(taken: Taken, key: str) -> None:
    files = {file.name: rows_in(file) for file in taken.files(EXTRACTS[key])}
    planted: Counter[str] = Counter()
    for defect in taken.truth.defects():
        if defect["expected"] == QUARANTINE:
            planted[defect["file"]] += len(defect["rows"])
    deliveries = taken.lakehouse.ledger.deliveries(key)
    assert {item.file: (item.status, item.rows_read, item.rows_quarantined, item.rows_kept) for item in deliveries} == {
        name: ("accepted", rows, planted[name], rows - planted[name]) for name, rows in files.items()
    }
    assert files


@pytest.mark.parametrize("key", EXTRACTS)
def test_history_and_held_have_every_record_once(taken: Taken, key: str) -> None:
    kept = sum(item.rows_kept or 0 for item in taken.lakehouse.ledger.deliveries(key))
    assert taken.count(f"history.{EXTRACTS[key].slug}") + len(taken.held(EXTRACTS[key])) == kept


@pytest.mark.parametrize("key", OF_PERSONS)
def test_protected_persons_are_only_held(taken: Taken, key: str) -> None:
    slug = EXTRACTS[key].slug
    assert taken.count(f"history.{slug} where person_key in (select person_key from vault.protected)") == 0
    assert taken.count(f"history.{slug} where person_key not in (select person_key from vault.alias)") == 0
    assert "protected" in {row["_hold_reason"] for row in taken.held(EXTRACTS[key])}


def test_a_person_is_the_same_in_the_register_and_in_the_extracts(taken: Taken) -> None:
    for key, register in (
        ("bedomning.written_assessment", "enrolment"),
        ("personal.staff_service", "duty"),
        ("gymnasiebetyg.course_grade", "enrolment"),
    ):
        known = f"select person_key from history.ss12000__{register}"
        slug = EXTRACTS[key].slug
        assert taken.count(f"history.{slug} where person_key in ({known})") > 0.95 * taken.count(f"history.{slug}"), key


@pytest.mark.parametrize("key", EXTRACTS)
def test_no_name_no_number_and_no_free_text_is_in_history(taken: Taken, key: str) -> None:
    people = [*taken.world.pupils, *taken.world.adults]
    names = {person.family_name for person in people}
    secrets = {person.number for person in people if person.number} | {CANARY_STRING, CANARY_COMMENT}
    for row in taken.connection.execute(f"select * from history.{EXTRACTS[key].slug}").fetchall():
        cells = {str(cell) for cell in row}
        assert not cells & (secrets | names)
        assert not any(canary in cell for cell in cells for canary in (CANARY_STRING, CANARY_COMMENT))


def test_points_are_numbers_and_codes_are_not(taken: Taken) -> None:
    [(least, most, codes)] = taken.connection.execute(
        "select min(ma_b_points), max(ma_b_points), count(*) filter (ma_b_points_code in ('88', '99')"
        " and ma_b_points is null) from history.scb__national_test_year3"
    ).fetchall()
    assert 0 <= least < most <= 17
    assert codes > 0


@pytest.mark.parametrize("key", [key for key, contract in EXTRACTS.items() if any(c.drop for c in contract.columns)])
def test_free_text_about_a_pupil_is_stored_nowhere_once_it_has_landed(taken: Taken, key: str) -> None:
    contract = EXTRACTS[key]
    assert any(CANARY_COMMENT.encode() in file.read_bytes() for file in taken.files(contract))
    lake = taken.lakehouse.lake
    stored = [path for table in (lake.raw(contract), lake.quarantine(contract)) for path in table.rglob("*.parquet")]
    assert stored
    for path in stored:
        for row in taken.connection.execute(f"select * from read_parquet('{path}')").fetchall():
            assert not any(CANARY_COMMENT in str(cell) for cell in row)
