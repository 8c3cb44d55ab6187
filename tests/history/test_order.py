"""Deliveries shuffled, repeated and corrected give one right answer: files through landing and raw into history."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from landing.support import LESSONS, Landing, column, contract

from dia_assets.contracts import Load
from dia_assets.engine import connect
from dia_assets.errors import DeliveryRefused
from dia_assets.history import tables, write
from dia_assets.history.tables import HistoryRule
from dia_assets.identity.views import create_raw_views
from dia_assets.landing import raw
from dia_assets.ledger import Ledger
from dia_assets.settings import Settings

MOMENT = datetime(2026, 6, 4, tzinfo=UTC)
UNITS = ("00000001", "00000002", "00000003")
DATASET = contract(
    [column("unit", "Enhet", required=True), column("lesson", "Lektion", required=True), column("minutes", "Minuter")],
    r"lessons_(?P<where>\d{8})(_v(?P<version>\d+))?\.csv",
    LESSONS.format,
    Load(mode="period", key=("unit", "lesson"), scope=("unit",), order=("version",)),
)
STAGING = (
    "create or replace view staging.stg_test__thing as select unit, lesson, minutes, _load, _row from raw.test__thing"
)

# A unit's versions: each says anew which lessons there are, and how long they were.
versions = st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(1, 9), min_size=1), min_size=1, max_size=4)
municipalities = st.fixed_dictionaries(dict.fromkeys(UNITS, versions))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, list[dict[str, int]]], list[list[tuple[str, int]]]]:
    """What was said, and the nights on which it came: every version at least once, in any order, some again."""
    said = draw(municipalities)
    every = [(unit, number) for unit, told in said.items() for number in range(len(told))]
    arrived = draw(st.permutations([*every, *draw(st.lists(st.sampled_from(every), max_size=4))]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arrived)), max_size=3)))
    nights = [arrived[a:b] for a, b in zip([0, *cuts], [*cuts, len(arrived)], strict=True)]
    return said, [night for night in nights if night]


def file_name(unit: str, number: int) -> str:
    return f"lessons_{unit}{f'_v{number + 1}' if number else ''}.csv"


def one_night(lake_of: Landing, said: dict[str, list[dict[str, int]]], arrived: list[tuple[str, int]]) -> None:
    """Land what arrived, take it in, and write history, as the steps of a night do."""
    for unit, number in arrived:
        lines = "".join(f"{unit};{lesson};{minutes}\n" for lesson, minutes in said[unit][number].items())
        lake_of.land(DATASET, file_name(unit, number), f"Enhet;Lektion;Minuter\n{lines}")
    lake, ledger = lake_of.lake, lake_of.ledger
    landed = ledger.deliveries(DATASET.key, "landed")
    for delivery, read in raw.read_candidates(lake_of.settings, lake, ledger, DATASET, landed):
        if isinstance(read, DeliveryRefused):
            raw.refuse(lake, ledger, DATASET, delivery, read, MOMENT)
        else:
            raw.accept(lake, ledger, DATASET, delivery, read, MOMENT)
    with connect(lake_of.settings) as connection:
        create_raw_views(connection, lake, [DATASET])
        connection.execute("create schema staging")
        connection.execute(STAGING)
        write.append_new(connection, lake, ledger, DATASET, tables.layout(connection, DATASET))


def current(lake_of: Landing) -> dict[tuple[str, str], int]:
    with connect(lake_of.settings) as connection:
        create_raw_views(connection, lake_of.lake, [DATASET])
        connection.execute("create schema staging")
        connection.execute(STAGING)
        path = lake_of.lake.history(DATASET)
        select = tables.current_sql(connection, path, tables.layout(connection, DATASET))
        rows = connection.execute(f"select unit, lesson, minutes from ({select})").fetchall()
    assert len(rows) == len({(unit, lesson) for unit, lesson, _ in rows}), "a record stands there twice"
    return {(unit, lesson): int(minutes) for unit, lesson, minutes in rows}


@pytest.fixture(autouse=True)
def rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "history_rule", lambda _: HistoryRule(key=("unit", "lesson"), scope=("unit",)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
@example(
    (
        {"00000001": [{"a": 1}, {"a": 2}, {"a": 1}], "00000002": [{"a": 1}], "00000003": [{"b": 1}]},
        [[("00000001", 0)], [("00000001", 1), ("00000002", 0)], [("00000001", 2), ("00000001", 0), ("00000003", 0)]],
    )
)
@example(  # the third version says what the first said, and comes before the second
    (
        {"00000001": [{"a": 1}], "00000002": [{"a": 1}], "00000003": [{"b": 1}, {"a": 1}, {"b": 1}]},
        [[("00000001", 0), ("00000002", 0), ("00000003", 0), ("00000003", 2), ("00000003", 1)]],
    )
)
def test_in_any_order_over_any_nights_the_last_version_of_each_unit_is_what_holds(
    made: tuple[dict[str, list[dict[str, int]]], list[list[tuple[str, int]]]],
) -> None:
    said, nights = made
    with tempfile.TemporaryDirectory() as name:
        settings_ = Settings(data=Path(name) / "data", now=MOMENT)
        settings_.lake.prepare()
        inbox = Path(name) / "inbox"
        inbox.mkdir()
        lake_of = Landing(settings_, settings_.lake, Ledger(settings_.lake.ledger), inbox)
        for arrived in nights:
            one_night(lake_of, said, arrived)
        expected = {(unit, lesson): minutes for unit, told in said.items() for lesson, minutes in told[-1].items()}
        assert current(lake_of) == expected
        for item in lake_of.ledger.deliveries(DATASET.key, "accepted"):
            assert item.rows_read == (item.rows_kept or 0) + (item.rows_quarantined or 0)
