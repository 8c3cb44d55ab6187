"""Every version of a record can be read with the time in which it was held true, and any past moment asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dia_assets.contracts import load_contracts
from dia_assets.history import tables

from .way import Way

CONTRACTS = load_contracts()
ORGANISATION, PERSON = CONTRACTS["ss12000.organisation"], CONTRACTS["ss12000.person"]


def units(folder: Path, night: int, names: Mapping[str, str]) -> Path:
    """A whole delivery of the organisation: these school units under one principal."""
    path = folder / f"organisations_2026-06-{night:02}.json"
    records = [{"id": "h", "displayName": "Kommunen", "organisationType": "Huvudman", "startDate": "2000-01-01"}]
    for key, name in names.items():
        unit = {"organisationType": "Skolenhet", "schoolUnitCode": f"0000000{key}", "startDate": "2010-07-01"}
        records.append({"id": key, "displayName": name, "parentOrganisation": {"id": "h"}, **unit})
    path.write_text(json.dumps({"data": records}), encoding="utf-8")
    return path


def recorded(road: Way, name: str, columns: str) -> list[tuple[Any, ...]]:
    """Rows of the view that models read, in order of time."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        contracts = road._open(connection)
        layouts = {contract.key: tables.layout(connection, contract) for contract in contracts}
        tables.create_history_views(connection, road.lake, contracts, layouts)
        query = f"select {columns}, _recorded_at, _recorded_to from recorded.ss12000__{name} order by all"
        return connection.execute(query).fetchall()


def day(number: int) -> datetime:
    return datetime(2026, 6, 1 + number, tzinfo=UTC)


def test_a_renamed_and_a_removed_unit_keep_what_they_were(tmp_path: Path) -> None:
    road = Way(tmp_path / "data", [ORGANISATION])
    nights = [{"1": "Gamla skolan", "2": "Andra skolan"}, {"1": "Nya skolan", "2": "Andra skolan"}, {"1": "Nya skolan"}]
    for number, names in enumerate(nights, start=1):
        assert road.deliver(units(tmp_path, number, names)) == {}
        road.write_history()
    found = [row for row in recorded(road, "organisation", "organisation_id, display_name") if row[0] != "h"]
    assert found == [
        ("1", "Gamla skolan", day(1), day(2)),
        ("1", "Nya skolan", day(2), None),
        ("2", "Andra skolan", day(1), day(3)),
    ]


names = st.dictionaries(st.sampled_from("123"), st.sampled_from(["A", "B"]), min_size=1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(names, min_size=1, max_size=4))
def test_any_past_moment_is_what_was_delivered_then(tmp_path_factory: Any, said: list[dict[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("versions")
    road = Way(folder / "data", [ORGANISATION])
    for number, told in enumerate(said, start=1):
        road.deliver(units(folder, number, told))
        road.write_history()
    rows = recorded(road, "organisation", "organisation_id, display_name")
    accepted = {d.received_at.day - 1 for d in road.ledger.deliveries(ORGANISATION.key, "accepted")}
    for number, told in enumerate(said, start=1):
        if (
            number not in accepted
        ):  # a register that has lost most of its rows is refused, and the same again is nothing
            continue
        then = {
            key: name for key, name, since, until in rows if since <= day(number) and (not until or day(number) < until)
        }
        assert then == {"h": "Kommunen", **told}
