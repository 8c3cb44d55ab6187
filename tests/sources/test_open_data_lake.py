"""What the open interfaces answer, all the way to history: asked, landed, read, gated, typed, remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dia_assets import delta
from dia_assets.contracts import load_contracts
from dia_assets.engine import connect
from dia_assets.history import tables
from dia_assets.history.write import append_new
from dia_assets.identity.views import create_raw_views
from dia_assets.transform import run_layer
from tests.servers.open_data import Figures, Kolada, PlannedEducations, Register, State, figure, statistic

from .asked import AskedRoot

FIRST, SECOND = "2026-10-20", "2026-11-25"
OPEN = ("kolada", "planned_educations", "skolenhetsregistret")
MERIT, TEACHERS = "averageGradesMeritRating9thGrade", "certifiedTeachersQuota"
REGISTER = {
    "00000001": [State(date(2010, 7, 1), "Gamla skolan"), State(date(2026, 11, 1), "Nya skolan", "VILANDE")],
    "00000002": [State(date(2026, 7, 1), "Andra skolan", grades=("4", "5", "6"))],
}
STATISTICS = {
    MERIT: [statistic("251,5"), statistic("..", "OMITTED_DUE_TO_BASED_ON_FEW_PUPILS", "2023/24")],
    TEACHERS: [statistic("*", "TEACHERS_EXCLUDED_DUE_TO_NO_REQUIRED_LEGITIMATION")],
    "ratioOfPupils9thGradeEligibleForNationalProgramYR": [
        statistic("~100", "ROUNDED_OFF_DUE_TO_FEW_PUPILS_NOT_ELIGIBLE"),
        statistic(None, "MISSING", None),
    ],
    "totalNumberOfPupils": [statistic("cirka 410")],
    "docLinks": [{"href": "x"}],
}


@dataclass
class Nights:
    """Two nights on which everything was asked; the answers had changed by the second."""

    root: AskedRoot
    rows: dict[str, list[dict[str, Any]]]
    versions: dict[str, int]

    def current(self, dataset: str, *names: str) -> set[tuple[Any, ...]]:
        """Some columns of what history holds now."""
        return {tuple(row[name] for name in names) for row in self.rows[dataset]}


@contextmanager
def _servers() -> Iterator[tuple[Register, PlannedEducations, Kolada]]:
    figures = Figures(titles={"N15505": "Meritvärde"}, unit_ids=["V15E00000001"])
    figures.municipalities["N15505", "0381", 2025] = [figure("T", 221.5), figure("K", None, "Private")]
    figures.municipalities["N15505", "0381", 2024] = [figure("T", 219), figure("M", 1, deleted=True)]
    figures.units["N15505", "V15E00000001", 2025] = [figure("T", None)]
    units = [("00000001", ("fsk", "gr")), ("00000002", ("gr",))]
    with (
        Register(REGISTER) as register,
        PlannedEducations(units, {"00000001": dict(STATISTICS)}) as planned,
        Kolada(figures) as kolada,
    ):
        yield register, planned, kolada


def _night(root: AskedRoot, now: str) -> None:
    for system in OPEN:
        root.ask(system, now)
        root.take_in(system, now)


def _remember(root: AskedRoot, now: str) -> Nights:
    """Staging and history, as the night does it."""
    house = root.lakehouse(now)
    contracts = [contract for contract in load_contracts().values() if contract.system in OPEN]
    with connect(house.settings, house.lake.working_db) as connection:
        create_raw_views(connection, house.lake, contracts)
    run_layer(house.settings, "staging", [contract.staging_model for contract in contracts])
    rows, versions = {}, {}
    with connect(house.settings, house.lake.working_db) as connection:
        for contract in contracts:
            wanted = tables.layout(connection, contract)
            append_new(connection, house.lake, house.ledger, contract, wanted)
            current = tables.current_sql(connection, house.lake.history(contract), wanted)
            rows[contract.key] = _dicts(connection.execute(f"select * from ({current})"))
            everything = tables.rows_sql(house.lake.history(contract), wanted)
            versions[contract.key] = len(connection.execute(everything).fetchall())
    return Nights(root, rows, versions)


def _dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [item[0] for item in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    root = AskedRoot(Path(tmp_path_factory.mktemp("open")) / "data")
    with _servers() as (register, planned, kolada):
        root.source("skolenhetsregistret", "skolenhetsregistret", register.address, dates=["2024-10-15"])
        root.source("planned_educations", "planned_educations", planned.address)
        root.source("kolada", "kolada", kolada.address, indicators=["N15505"], unit_indicators=["N15505"], years=[2025])
        _night(root, FIRST)
        planned.statistics = {"00000001": {MERIT: [statistic("255,0", period="2025/26"), statistic("252,0")]}}
        kolada.figures.municipalities["N15505", "0381", 2025] = [figure("T", 222.5)]
        kolada.figures.titles["N15505"] = "Genomsnittligt meritvärde"
        _night(root, SECOND)
    return _remember(root, SECOND)


def test_every_delivery_is_accepted_and_every_row_is_accounted_for(nights: Nights) -> None:
    for system in OPEN:
        for contract in (c for c in load_contracts().values() if c.system == system):
            deliveries = nights.root.deliveries(contract.key)
            assert deliveries and {item.status for item in deliveries} == {"accepted"}, contract.key
            assert all(item.expected_rows in (None, item.rows_read) for item in deliveries)
            assert not any(item.rows_quarantined for item in deliveries)
            checks = nights.root.lakehouse(SECOND).ledger.load_checks(contract.key)
            assert checks and all(check.passed for check in checks), contract.key


def test_the_register_is_known_as_it_was_on_each_day(nights: Nights) -> None:
    assert nights.current("skolenhetsregistret.school_unit", "search_date", "display_name", "status") == {
        (date(2024, 10, 15), "Gamla skolan", "AKTIV"),
        (date(2026, 10, 20), "Gamla skolan", "AKTIV"),
        (date(2026, 10, 20), "Andra skolan", "AKTIV"),
        (date(2026, 11, 25), "Nya skolan", "VILANDE"),
        (date(2026, 11, 25), "Andra skolan", "AKTIV"),
    }


def test_a_unit_has_its_forms_grade_years_body_and_town(nights: Nights) -> None:
    names = ("school_types", "grade_years", "organisation_number", "organiser_type", "locality", "start_date")
    assert ("FKLASS,GR", "4,5,6", "2120000000", "KOMMUN", "Skolorten", date(2026, 7, 1)) in nights.current(
        "skolenhetsregistret.school_unit", *names
    )


def test_the_head_teachers_name_is_stored_nowhere(nights: Nights) -> None:
    lake = nights.root.lakehouse(SECOND).lake
    with duckdb.connect() as connection:
        for contract in (c for c in load_contracts().values() if c.system == "skolenhetsregistret"):
            for table in (lake.raw(contract), lake.quarantine(contract), lake.history(contract)):
                files = delta.file_list(table) if delta.exists(table) else []
                texts = [str(connection.execute("select * from read_parquet($1)", [f]).fetchall()) for f in files]
                assert "KANARIEFAGEL" not in "".join(texts)
    assert delta.file_list(lake.raw(load_contracts()["skolenhetsregistret.school_unit"]))


def test_units_have_the_forms_that_skolverket_lists(nights: Nights) -> None:
    assert nights.current("planned_educations.school_unit", "school_unit_code", "school_types", "is_abroad") == {
        ("00000001", "fsk,gr", False),
        ("00000002", "gr", False),
    }


def test_statistics_are_kept_as_value_and_mark_also_when_the_source_no_longer_shows_them(nights: Nights) -> None:
    found = nights.current(
        "planned_educations.compulsory_statistic", "measure", "time_period", "value_value", "value_mark"
    )
    eligible = "ratioOfPupils9thGradeEligibleForNationalProgramYR"
    assert found == {
        (MERIT, "2025/26", 255.0, None),
        (MERIT, "2024/25", 252.0, None),
        (MERIT, "2023/24", None, ".."),
        (TEACHERS, "2024/25", None, "*"),
        (eligible, "2024/25", None, "~100"),
        (eligible, None, None, "."),
        ("totalNumberOfPupils", "2024/25", None, "cirka 410"),
    }


def test_values_asked_for_again_replace_those_of_the_same_indicator_and_year(nights: Nights) -> None:
    assert nights.current("kolada.municipality_value", "year", "sex_code", "value_value", "value_mark") == {
        (2025, "T", 222.5, None),
    }
    assert nights.versions["kolada.municipality_value"] == 4, "two values, one change, one that is gone"


def test_a_value_per_unit_has_its_school_unit_and_its_mark(nights: Nights) -> None:
    assert nights.current("kolada.unit_value", "school_unit_code", "value_value", "value_mark") == {
        ("00000001", None, "."),
    }


def test_the_title_kept_is_the_published_one(nights: Nights) -> None:
    assert nights.current("kolada.kpi", "indicator_id", "title") == {("N15505", "Genomsnittligt meritvärde")}


def test_an_answer_without_values_is_refused_and_the_last_good_ones_stay(tmp_path: Path) -> None:
    root = AskedRoot(tmp_path / "data")
    with _servers() as (_, _, kolada):
        root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
        root.ask("kolada", FIRST)
        root.take_in("kolada", FIRST)
        kolada.figures.municipalities.clear()
        root.ask("kolada", SECOND)
        root.take_in("kolada", SECOND)
    deliveries = root.deliveries("kolada.municipality_value")
    assert [(item.status, item.rule) for item in deliveries] == [("accepted", None), ("refused", "empty_file")]
    assert json.dumps([item.reason_sv for item in deliveries]).count("N15505") == 0


def test_a_code_that_is_not_known_passes_with_a_warning(tmp_path: Path) -> None:
    root = AskedRoot(tmp_path / "data")
    with _servers() as (_, planned, kolada):
        planned.statistics = {"00000001": {MERIT: [statistic("?", "A_NEW_REASON")]}}
        kolada.figures.municipalities["N15505", "0381", 2025].append(figure("X", 1))
        root.source("planned_educations", "planned_educations", planned.address)
        root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
        for system in root.sources:
            root.ask(system, FIRST)
            root.take_in(system, FIRST)
    ledger = root.lakehouse(FIRST).ledger
    datasets = ("planned_educations.compulsory_statistic", "kolada.municipality_value")
    failed = {check.rule_id for dataset in datasets for check in ledger.load_checks(dataset) if not check.passed}
    assert failed == {"value_type_is_known", "values_are_numbers_or_marks", "sex_code_is_known"}
    assert {item.status for dataset in datasets for item in root.deliveries(dataset)} == {"accepted"}
