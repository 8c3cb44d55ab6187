"""Every kind of mark, in every column that can carry one, set late: the person leaves everything that can be read.

The rows are made from the contracts, so a dataset that comes to the inventory is in this test from its first day. They
lie in raw as landing would have left them; vault, history, models, gates, publication and logs are a real night's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dia_assets import delta
from dia_assets.contracts import Column, DatasetContract, load_contracts
from dia_assets.history import tables
from dia_assets.identity import vault
from dia_assets.identity.numbers import luhn_digit
from dia_assets.ledger import Ledger
from dia_assets.settings import Lake, Settings

from .nights import night
from .search import decoded, visible_files

# A roster without person numbers can be tied to nobody who is marked elsewhere, and carries no mark of its own.
CONTRACTS = {
    key: contract
    for key, contract in load_contracts().items()
    if (contract.person_identifiers or contract.related_identifiers) and contract.system != "sds"
}
OF_PERSONS = [key for key, contract in CONTRACTS.items() if contract.person_identifiers]
MARKS = ["Sekretessmarkering", "Skyddad folkbokföring", "S", "Ja", "skyddad!", "Sekr", "ett nytt ord", "?"]


@dataclass(frozen=True)
class Case:
    """A person, and the column in which a mark on it will come."""

    number: int
    dataset: str = ""
    column: str = ""
    mark: str = ""

    @property
    def word(self) -> str:
        return f"Kanariefågel{self.number:03}x"

    @property
    def day(self) -> date:
        return date(1907, 1, 1) + timedelta(self.number)

    @property
    def person_number(self) -> str:
        stem = f"{date(2012, 1, 1) + timedelta(self.number):%Y%m%d}981"
        return stem + str(luhn_digit(stem[2:]))


def _cases() -> list[Case]:
    places = [(c.key, column.name) for c in CONTRACTS.values() for column in c.security_markings]
    places += [("ss12000.person", "security_marking")] * len(MARKS)
    told = zip(places, cycle(MARKS), strict=False)
    return [Case(number, *place, mark) for number, (place, mark) in enumerate(told)]


CASES = _cases()
ORDINARY = Case(len(CASES))
Raw = Mapping[str, str | None]


def rows_of(contract: DatasetContract, marked: bool) -> Iterator[Raw]:
    """One row of each person's own, and one in which each is every kind of related person."""
    for case in [*CASES, ORDINARY]:
        if contract.person_identifiers:
            yield row_of(contract, case, {}, case, marked)
        for column in contract.related_identifiers:
            yield row_of(contract, ORDINARY, {column.name: case}, case, marked)


def row_of(
    contract: DatasetContract, own: Case, related: Mapping[str, Case], about: Case, marked: bool
) -> dict[str, str | None]:
    def value(column: Column) -> str:
        if column.role in ("person_identifier", "related_person_identifier"):
            person = own if column.role == "person_identifier" else related.get(column.name, ORDINARY)
            return person.person_number if column.identifier == "person_number" else f"id-{person.number}"
        if column.role == "security_marking":
            whose = next(iter(related), None) if column.marks in related else None
            is_about = column.marks == whose if whose else not related and column.marks not in _related(contract)
            here = marked and is_about and (about.dataset, about.column) == (contract.key, column.name)
            return about.mark if here else "Ingen"
        if not related:
            return _content(column, about)
        # nothing but the id is about the related person, and every row is a record of its own
        return _content(column, ORDINARY) + (f"{about.number}{next(iter(related))}" if column.type == "text" else "")

    return {column.name: value(column) for column in contract.stored_columns}


def _related(contract: DatasetContract) -> set[str]:
    return {column.name for column in contract.related_identifiers}


def _content(column: Column, about: Case) -> str:
    """Something in every column that would give the person away where it is read."""
    if "unit" in column.name or column.values:
        return next(iter(column.values), "00000001")
    match column.type:
        case "integer":
            return "2026" if "year" in column.name else str(7_300_000 + about.number)
        case "decimal":
            return f"{9_000_000 + about.number}.8125"
        case "date":
            return about.day.isoformat()
        case "timestamp":
            return f"{about.day}T08:00:00Z"
        case "time":
            return "08:20"
        case "boolean":
            return "true"
        case _:
            return about.word


def plant(settings: Settings, marked: bool) -> None:
    """A whole delivery of every dataset; with marks, of those that can carry one."""
    ledger = Ledger(settings.lake.ledger)
    for key, contract in CONTRACTS.items():
        if marked and not contract.security_markings:
            continue
        rows = list(rows_of(contract, marked))
        delivery = ledger.add_delivery(
            system=contract.system, dataset=contract.name, file=f"planted-{marked}", sha256=f"{key}{marked}", size=1,
            received_at=datetime.now(UTC), landed_path=Path("landed"), mode="full",
        )  # fmt: skip
        names = [column.name for column in contract.stored_columns]
        schema = pa.schema([(name, pa.string()) for name in [*names, "_file"]])
        schema = schema.append(pa.field("_row", pa.int64())).append(pa.field("_load", pa.int64()))
        full = [{**row, "_file": "f", "_row": n, "_load": delivery.load} for n, row in enumerate(rows, start=1)]
        table = settings.lake.raw(contract)
        table.mkdir(parents=True, exist_ok=True)
        file = table / f"part-{delivery.load}.parquet"
        pq.write_table(pa.Table.from_pylist(full, schema=schema), file)
        delta.commit_files(table, [file], schema, f"load-{delivery.load}", {})
        ledger.accept(delivery.load, rows_read=len(rows), rows_kept=len(rows), rows_quarantined=0, raw_version=0)


@dataclass(frozen=True)
class Root:
    """A data root after a night, with the key of every person."""

    settings: Settings
    keys: Mapping[int, str]
    protected: frozenset[str]

    @property
    def lake(self) -> Lake:
        return self.settings.lake

    def keys_in_history(self, contract: DatasetContract) -> set[str]:
        path = self.lake.history(contract)
        if not tables.exists(path):
            return set()
        columns = [name for name in delta.column_names(path) if name.endswith("person_key")]
        with duckdb.connect() as connection:
            found = [
                connection.execute(f"select distinct {name} from {delta.view_sql(path)}").fetchall() for name in columns
            ]
        return {row[0] for rows in found for row in rows if row[0]}


def after(settings: Settings) -> Root:
    with duckdb.connect() as connection:
        vault.open_vault(connection, settings.lake)
        ids = connection.execute(
            "select value, person_key from vault.alias where namespace = 'ss12000' and kind = 'source_id'"
        ).fetchall()
        protected = connection.execute("select person_key from vault.protected").fetchall()
    keys = {int(value.removeprefix("id-")): key for value, key in ids}
    return Root(settings, keys, frozenset(row[0] for row in protected))


def hits(root: Root, cases: list[Case], zones: tuple[str, ...] = ()) -> set[str]:
    """Where any of these persons can be read: by key, word, day or figure."""
    words = [w for c in cases for w in (root.keys[c.number], c.word)]
    cells = [c.day.isoformat() for c in cases] + [f"{9_000_000 + c.number}.8125" for c in cases] + words
    # a number of its own: the fraction of a second in a log can end in the same digits
    figures = re.compile(r"(?<![\d.])(" + "|".join(str(7_300_000 + c.number) for c in cases) + r")(?!\d)")
    found = set()
    for path in visible_files(root.settings.data):
        name = path.relative_to(root.settings.data)
        if zones and name.parts[0] not in zones:
            continue
        raw = path.read_bytes()
        if any(word.encode() in raw for word in words):
            found.add(f"{name}: bytes")
        text = "\n".join(decoded(path))
        if any(cell in text for cell in cells):
            found.add(f"{name}: decoded")
        if figures.search(text):
            found.add(f"{name}: figure")
    return found


Nights = tuple[Root, Root, set[str], dict[str, set[str]]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Two nights: nobody is marked, then everyone is but one. What the first one shows, and who was in its history."""
    settings = Settings(data=tmp_path_factory.mktemp("marks") / "data")
    settings.lake.prepare()
    plant(settings, marked=False)
    night(settings.data)
    first = after(settings)
    shown = hits(first, CASES, zones=("serving", "dagster"))
    in_history = {key: first.keys_in_history(contract) for key, contract in CONTRACTS.items()}
    plant(settings, marked=True)
    night(settings.data)
    return first, after(settings), shown, in_history


def test_there_is_a_case_for_every_column_that_can_carry_a_mark() -> None:
    carried = {(c.key, column.name) for c in load_contracts().values() for column in c.security_markings}
    assert {(case.dataset, case.column) for case in CASES} == carried and len(carried) > 15
    assert {case.mark for case in CASES if case.dataset == "ss12000.person"} == set(MARKS)


@pytest.mark.parametrize("key", OF_PERSONS)
def test_before_the_mark_everyone_is_in_history(nights: Nights, key: str) -> None:
    first, _, _, in_history = nights
    assert not first.protected
    assert set(first.keys.values()) - in_history[key] == set()


def test_row_level_data_are_in_no_publication_and_no_log_even_before_the_mark(
    nights: Nights,
) -> None:
    assert nights[2] == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.dataset}.{case.column}-{case.mark}")
def test_a_mark_protects_wherever_and_however_it_is_written(nights: Nights, case: Case) -> None:
    assert nights[1].keys[case.number] == nights[0].keys[case.number]
    assert nights[1].keys[case.number] in nights[1].protected


def test_after_the_mark_nobody_can_be_read_anywhere_outside_the_restricted_zone(
    nights: Nights,
) -> None:
    _, second, _, _ = nights
    assert hits(second, CASES) == set()
    assert second.keys[ORDINARY.number] not in second.protected
    assert any(place.startswith("internal/history") for place in hits(second, [ORDINARY])), "the search finds people"


@pytest.mark.parametrize("key", OF_PERSONS)
def test_the_one_who_is_not_marked_stays(nights: Nights, key: str) -> None:
    second = nights[1]
    assert second.keys_in_history(CONTRACTS[key]) == {second.keys[ORDINARY.number]}
