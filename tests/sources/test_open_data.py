"""Open interfaces are asked seldom, page by page, and believed only as far as their own counts agree."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dia_assets.contracts import load_contracts
from dia_assets.sources.connected import connected
from dia_assets.sources.open_data.asking import next_address
from tests.servers.open_data import Figures, Kolada, PlannedEducations, Register, State, figure, statistic

from .asked import AskedRoot, pages

NIGHT, NEXT_NIGHT, NEXT_MONTH = "2026-11-25", "2026-11-26", "2026-12-25"
UNIT, STATISTIC = "planned_educations.school_unit", "planned_educations.compulsory_statistic"
VALUE, UNIT_VALUE, KPI = "kolada.municipality_value", "kolada.unit_value", "kolada.kpi"


@pytest.fixture
def root(tmp_path: Path) -> AskedRoot:
    return AskedRoot(tmp_path / "data")


@pytest.fixture
def register() -> Iterator[Register]:
    units = {
        "00000001": [State(date(2010, 7, 1), "Gamla skolan"), State(date(2025, 7, 1), "Nya skolan")],
        "00000002": [State(date(2025, 7, 1), "Andra skolan")],
    }
    with Register(units) as server:
        yield server


@pytest.fixture
def planned() -> Iterator[PlannedEducations]:
    units = [(f"0000{number:04}", ("gr",) if number % 2 else ("gy",)) for number in range(1, 8)]
    with PlannedEducations(units, {"00000001": {"averageGradesMeritRating9thGrade": [statistic("251,5")]}}) as server:
        yield server


@pytest.fixture
def kolada() -> Iterator[Kolada]:
    figures = Figures(
        titles={"N15505": "Meritvärde", "N15419": "Alla ämnen"}, unit_ids=["V15E00000001", "V11E00000009"]
    )
    for kpi in figures.titles:
        for area in ("0381", "0000"):
            figures.municipalities[kpi, area, 2025] = [figure("T", 221.5), figure("K", None, "Private")]
        figures.units[kpi, "V15E00000001", 2025] = [figure("T", 230)]
    with Kolada(figures) as server:
        yield server


def test_nothing_is_asked_and_nothing_takes_part_unless_the_deployment_file_says_so(
    root: AskedRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert [line for system in {c.system for c in load_contracts().values()} for line in root.ask(system, NIGHT)] == []
    assert not {key for key, c in connected(root.lakehouse(NIGHT).settings).items() if c.optional}


def test_a_source_of_the_wrong_kind_is_told(root: AskedRoot, kolada: Kolada) -> None:
    root.source("planned_educations", "kolada", kolada.address, indicators=["N15505"])
    root.ask("planned_educations", NIGHT)
    contact = root.contact(UNIT)
    assert contact.outcome == "failed" and "fel kind" in contact.message_sv and kolada.asked == []


# whose turn it is


def test_a_source_is_not_asked_again_until_its_days_have_passed(root: AskedRoot, planned: PlannedEducations) -> None:
    root.source("planned_educations", "planned_educations", planned.address)
    assert root.ask("planned_educations", NIGHT)
    asked, contact = len(planned.asked), root.contact(UNIT)
    assert root.ask("planned_educations", NEXT_NIGHT) == []
    assert len(planned.asked) == asked and root.contact(UNIT) == contact, "what was not asked is not confirmed"
    assert root.ask("planned_educations", NEXT_MONTH) and len(planned.asked) == 2 * asked


def test_unchanged_answers_confirm_what_is_there_and_are_no_delivery(
    root: AskedRoot, planned: PlannedEducations
) -> None:
    root.source("planned_educations", "planned_educations", planned.address)
    root.ask("planned_educations", NIGHT)
    before = root.contact(STATISTIC).confirmed_at
    root.ask("planned_educations", NEXT_MONTH)
    after = root.contact(STATISTIC).confirmed_at
    assert before is None and after is not None and len(root.deliveries(STATISTIC)) == 1


def test_a_source_that_failed_is_asked_again_the_next_night(root: AskedRoot, planned: PlannedEducations) -> None:
    root.source("planned_educations", "planned_educations", planned.address)
    planned.down = True
    root.ask("planned_educations", NIGHT)
    assert root.contact(UNIT).outcome == "unreachable" and root.deliveries(UNIT) == []
    planned.down = False
    root.ask("planned_educations", NEXT_NIGHT)
    assert root.contact(UNIT).outcome == "new" and len(root.deliveries(UNIT)) == 1


def test_another_question_is_asked_at_once(root: AskedRoot, kolada: Kolada) -> None:
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
    root.ask("kolada", NIGHT)
    root.source("kolada", "kolada", kolada.address, indicators=["N15505", "N15419"])
    root.ask("kolada", NEXT_NIGHT)
    assert len(root.deliveries(VALUE)) == 2


def test_a_busy_server_is_waited_for(root: AskedRoot, kolada: Kolada) -> None:
    kolada.busy = 1
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
    root.ask("kolada", NIGHT)
    assert root.contact(VALUE).outcome == "new"


def test_an_answer_in_another_form_is_told_and_kept_out(root: AskedRoot, register: Register) -> None:
    register.garbage = True
    root.source("skolenhetsregistret", "skolenhetsregistret", register.address)
    root.ask("skolenhetsregistret", NIGHT)
    contact = root.contact("skolenhetsregistret.school_unit")
    assert contact.outcome == "failed" and "annan form" in contact.message_sv and "Underhåll" not in contact.message_sv


def test_one_interface_that_is_down_leaves_the_others(
    root: AskedRoot, register: Register, planned: PlannedEducations, kolada: Kolada
) -> None:
    planned.down = True
    root.source("skolenhetsregistret", "skolenhetsregistret", register.address)
    root.source("planned_educations", "planned_educations", planned.address)
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
    for system in root.sources:
        root.ask(system, NIGHT)
    outcomes = {key: contact.outcome for key, contact in root.lakehouse(NIGHT).ledger.contacts().items()}
    assert outcomes == {
        "skolenhetsregistret.school_unit": "new",
        UNIT: "unreachable",
        STATISTIC: "unreachable",
        KPI: "new",
        VALUE: "new",
    }


# Skolenhetsregistret


def test_past_days_are_asked_for_once_and_today_again_and_again(root: AskedRoot, register: Register) -> None:
    root.source("skolenhetsregistret", "skolenhetsregistret", register.address, first_year=2024, dates=["2026-02-01"])
    root.ask("skolenhetsregistret", NIGHT)
    root.ask("skolenhetsregistret", NEXT_MONTH)
    days = [item.watermark for item in root.deliveries("skolenhetsregistret.school_unit")]
    assert days == ["2024-10-15", "2025-10-15", "2026-02-01", "2026-10-15", NIGHT, NEXT_MONTH]


def test_a_unit_that_was_not_there_on_the_day_has_no_row(root: AskedRoot, register: Register) -> None:
    root.source("skolenhetsregistret", "skolenhetsregistret", register.address, dates=["2024-10-15"])
    root.ask("skolenhetsregistret", NIGHT)
    past, today = root.deliveries("skolenhetsregistret.school_unit")
    assert [page["parameters"]["school_unit_code"] for page in pages(past)] == ["00000001"]
    assert pages(past)[0]["content"]["data"]["attributes"]["displayName"] == "Gamla skolan"
    assert (past.expected_rows, today.expected_rows) == (1, 2)


def test_a_register_that_ignores_the_municipality_is_not_believed(root: AskedRoot, register: Register) -> None:
    register.municipality = "0180"
    root.source("skolenhetsregistret", "skolenhetsregistret", register.address)
    root.ask("skolenhetsregistret", NIGHT)
    assert root.contact("skolenhetsregistret.school_unit").outcome == "failed"
    assert root.deliveries("skolenhetsregistret.school_unit") == []


# Planned Educations


def test_every_page_is_read_and_counted(root: AskedRoot, planned: PlannedEducations) -> None:
    root.source("planned_educations", "planned_educations", planned.address, page_size=3)
    root.ask("planned_educations", NIGHT)
    [delivery] = root.deliveries(UNIT)
    assert delivery.expected_rows == 7 and len(pages(delivery)) == 3


def test_a_list_that_grows_while_it_is_read_is_read_again(root: AskedRoot, planned: PlannedEducations) -> None:
    planned.grows = 1
    root.source("planned_educations", "planned_educations", planned.address, page_size=3)
    root.ask("planned_educations", NIGHT)
    [delivery] = root.deliveries(UNIT)
    assert delivery.expected_rows == 8


@pytest.mark.parametrize("quirk", ["grows", "repeats"])
def test_a_list_that_never_agrees_with_its_own_count_is_not_believed(
    root: AskedRoot, planned: PlannedEducations, quirk: str
) -> None:
    setattr(planned, quirk, 99)
    root.source("planned_educations", "planned_educations", planned.address, page_size=3)
    root.ask("planned_educations", NIGHT)
    assert root.contact(UNIT).outcome == "unreachable" and root.deliveries(UNIT) == []


def test_a_list_of_another_municipality_is_not_believed(root: AskedRoot, planned: PlannedEducations) -> None:
    planned.municipality = "0180"
    root.source("planned_educations", "planned_educations", planned.address)
    root.ask("planned_educations", NIGHT)
    assert root.contact(UNIT).outcome == "failed" and "annan kommun" in root.contact(UNIT).message_sv


def test_statistics_are_asked_for_units_that_have_the_school_form(root: AskedRoot, planned: PlannedEducations) -> None:
    root.source("planned_educations", "planned_educations", planned.address)
    root.ask("planned_educations", NIGHT)
    asked = sorted({path for path in planned.asked if "statistics" in path})
    assert asked == [f"/v4/school-units/0000000{n}/statistics/gr" for n in (1, 3, 5, 7)]
    assert [page["parameters"]["school_unit_code"] for page in pages(root.deliveries(STATISTIC)[0])] == ["00000001"]


# Kolada


def test_values_come_for_the_own_municipality_and_the_country(root: AskedRoot, kolada: Kolada) -> None:
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"], years=[2024, 2025])
    root.ask("kolada", NIGHT)
    [asked] = [path for path in kolada.asked if path.startswith("/data/")]
    assert asked.startswith("/data/kpi/N15505/municipality/0000,0381/year/2024,2025?")


def test_the_years_are_this_one_and_the_five_before_when_none_are_said(root: AskedRoot, kolada: Kolada) -> None:
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"])
    root.ask("kolada", NIGHT)
    [asked] = [path for path in kolada.asked if path.startswith("/data/")]
    assert "/year/2021,2022,2023,2024,2025,2026?" in asked


def test_no_path_names_more_than_25_ids(root: AskedRoot, kolada: Kolada) -> None:
    kolada.figures.titles = {f"N{number:05}": "x" for number in range(60)}
    kolada.figures.municipalities = {(kpi, "0381", 2025): [figure("T", 1)] for kpi in kolada.figures.titles}
    root.source("kolada", "kolada", kolada.address, indicators=list(kolada.figures.titles))
    root.ask("kolada", NIGHT)
    [delivery] = root.deliveries(VALUE)
    assert delivery.expected_rows == 60 and len(pages(delivery)) == 3


def test_the_next_page_is_followed(root: AskedRoot, kolada: Kolada) -> None:
    root.source("kolada", "kolada", kolada.address, indicators=["N15505", "N15419"], page_size=1)
    root.ask("kolada", NIGHT)
    [delivery] = root.deliveries(VALUE)
    assert delivery.expected_rows == 8 and len(pages(delivery)) == 4


@pytest.mark.parametrize("other", ["http://127.0.0.2:1", "https://example.invalid"])
def test_a_next_page_on_another_server_is_not_asked(root: AskedRoot, kolada: Kolada, other: str) -> None:
    kolada.next_host = other
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"], page_size=1)
    root.ask("kolada", NIGHT)
    assert root.contact(VALUE).outcome == "failed" and "annan server" in root.contact(VALUE).message_sv
    assert root.deliveries(VALUE) == [] and len(root.deliveries(KPI)) == 1


@pytest.mark.parametrize(
    ("following", "address"),
    [
        ("https://a.example/v3/kpi?page=2", "https://a.example/v3/kpi?page=2"),
        ("http://a.example/v3/kpi?page=2", "https://a.example/v3/kpi?page=2"),
        ("/v3/kpi?page=2", "https://a.example/v3/kpi?page=2"),
        ("?page=2", "https://a.example/v3/kpi?page=2"),
        ("https://a.example.evil/v3/kpi?page=2", None),
        ("https://a.example@evil.example/v3/kpi", None),
        ("//evil.example/v3/kpi", None),
        ("https://a.example:8443/v3/kpi", None),
        ("file:///etc", None),
    ],
)
def test_a_next_page_is_asked_for_as_the_first_one_was(following: str, address: str | None) -> None:
    assert next_address("https://a.example/v3", "https://a.example/v3/kpi?page=1", following) == address


def test_pages_that_come_again_are_not_read_for_ever(root: AskedRoot, kolada: Kolada) -> None:
    kolada.never_ends = True
    root.source("kolada", "kolada", kolada.address, indicators=["N15505"], page_size=1)
    root.ask("kolada", NIGHT)
    assert root.contact(VALUE).outcome == "failed" and "tar aldrig slut" in root.contact(VALUE).message_sv


def test_a_title_that_has_changed_is_told_and_the_values_are_kept(root: AskedRoot, kolada: Kolada) -> None:
    titles = {"N15505": "Meritvärde", "N15419": "Behöriga"}
    root.source("kolada", "kolada", kolada.address, indicators=list(titles), titles=titles)
    root.ask("kolada", NIGHT)
    contact = root.contact(VALUE)
    assert contact.outcome == "new" and "N15419" in contact.message_sv and "N15505" not in contact.message_sv
    assert len(root.deliveries(VALUE)) == 1


@pytest.mark.parametrize("strict", [False, True])
def test_an_id_that_kolada_does_not_know_fails_and_the_others_are_taken(
    root: AskedRoot, kolada: Kolada, strict: bool
) -> None:
    kolada.strict = strict
    root.source("kolada", "kolada", kolada.address, indicators=["N15505", "N99999"])
    root.ask("kolada", NIGHT)
    contact = root.contact(VALUE)
    assert contact.outcome == "failed" and "N99999" in contact.message_sv
    assert {value["kpi"] for page in pages(root.deliveries(VALUE)[0]) for value in page["content"]["values"]} == {
        "N15505"
    }


def test_values_per_unit_are_asked_for_the_municipalitys_units_of_the_wanted_kinds(
    root: AskedRoot, kolada: Kolada
) -> None:
    root.source("kolada", "kolada", kolada.address, unit_indicators=["N15505"], years=[2025])
    root.ask("kolada", NIGHT)
    assert any(path.startswith("/oudata/kpi/N15505/ou/V15E00000001/year/2025?") for path in kolada.asked)
    assert root.deliveries(VALUE) == [] and len(root.deliveries(UNIT_VALUE)) == 1
