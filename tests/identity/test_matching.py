"""People are tied by the same id in the same source and the same right number, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dia_assets.contracts import load_contracts
from dia_assets.engine import connect
from dia_assets.identity import matching, vault
from dia_assets.identity.numbers import luhn_digit, parse
from dia_assets.settings import Settings

MOMENT = datetime(2026, 6, 4, tzinfo=UTC)
REGISTER = load_contracts()["ss12000.person"]
SHARED = [None, "", "191212121212", "20120101TF10", "20120101T123", "201201019808", "000000000000", "skyddad"]
Row = tuple[str | None, str | None]


def number(day: int, serial: int) -> str:
    stem = f"{date(2012, 1, 1) + timedelta(day):%Y%m%d}{980 + serial}"
    return f"{stem}{luhn_digit(stem[2:])}"


def components(rows: Iterable[Row]) -> dict[str, str]:
    """Of each source id the least of those it hangs together with through real numbers that they have or have had."""
    tied: dict[str, str] = {}
    holders: dict[str, str] = {}
    for source, written in rows:
        tied.setdefault(str(source), str(source))
        if written and parse(written, MOMENT.date()).identifies:
            ends = {tied[str(source)], tied[holders.setdefault(written, str(source))]}
            tied = {name: min(ends) if end in ends else end for name, end in tied.items()}
    return tied


class Vault:
    """A vault in memory that is given loads of (source id, number)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self.loads = 0
        vault.open_vault(connection, Settings(data=folder).lake)

    def take(self, *loads: list[Row]) -> dict[str, str]:
        """Resolve the loads together; gives source id → key of all that is known."""
        run = self.connection.execute
        run("create or replace temporary table rows (person_id varchar, civic_number varchar, _load bigint)")
        run("create or replace temporary table received (load bigint, received_at timestamptz)")
        for rows in loads:
            self.loads += 1
            run("insert into received values (?, ?)", [self.loads, MOMENT + timedelta(self.loads)])
            if rows:
                self.connection.executemany(
                    "insert into rows values (?, ?, ?)", [[one, other, self.loads] for one, other in rows]
                )
        run("create or replace temporary view new_rows as select * from rows")
        (sighting,) = matching.sightings(REGISTER)
        matching.add(self.connection, sighting, MOMENT)
        found = run("select value, person_key from vault.alias where kind = 'source_id'").fetchall()
        assert len(found) == len(dict(found))
        return dict(found)


@pytest.fixture
def fresh(tmp_path: Path) -> Vault:
    with connect(Settings(data=tmp_path, memory_limit="500MB")) as connection:
        yield Vault(connection, tmp_path)


ids = st.sampled_from(["p1", "p2", "p3", "p4", "p5"])
real = st.builds(number, st.integers(0, 1), st.integers(0, 1))
rows_of_shared = st.lists(st.tuples(ids, st.sampled_from(SHARED)), max_size=8)
rows_of_any = st.lists(st.tuples(ids, st.one_of(st.sampled_from(SHARED), real)), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows_of_shared, min_size=1, max_size=3))
def test_no_null_dummy_wrong_or_shared_number_ever_ties_two_people(tmp_path: Path, loads: list[list[Row]]) -> None:
    with connect(Settings(data=tmp_path)) as connection:
        keys = Vault(connection, tmp_path).take(*loads)
    assert set(keys) == {source for load in loads for source, _ in load}
    assert len(set(keys.values())) == len(keys)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([[("p1", number(0, 0)), ("p2", number(0, 0))], [("p1", number(1, 0)), ("p3", number(1, 0))]], False)
@given(st.lists(rows_of_any, min_size=1, max_size=3), st.booleans())
def test_only_a_common_real_number_ties_two_ids_and_no_key_ever_changes(
    tmp_path: Path, loads: list[list[Row]], at_once: bool
) -> None:
    with connect(Settings(data=tmp_path)) as connection:
        kept = Vault(connection, tmp_path)
        keys = kept.take(*loads) if at_once else {}
        for load in [] if at_once else loads:
            now = kept.take(load)
            assert all(now[source] == key for source, key in keys.items())
            keys = now
        by_number = connection.execute(
            "select normal, count(distinct person_key) from vault.alias where normal is not null group by 1"
        ).fetchall()
    assert all(count == 1 for _, count in by_number)
    tied = components(row for load in loads for row in load)
    for one in keys:
        for other in keys:
            assert keys[one] != keys[other] or tied[one] == tied[other], "tied by nothing in common"


def test_a_changed_number_carries_over_to_those_who_come_with_the_new_one(fresh: Vault) -> None:
    fresh.take([("p1", number(0, 0)), ("p2", number(0, 0))])
    keys = fresh.take([("p1", number(1, 0)), ("p3", number(1, 0))])
    assert keys["p1"] == keys["p2"] == keys["p3"]


def test_a_number_that_was_put_right_ties_its_true_owner_to_nobody(fresh: Vault) -> None:
    fresh.take([("p1", number(0, 1))])
    keys = fresh.take([("p1", number(0, 0)), ("p2", number(0, 1)), ("p3", number(0, 0))])
    assert keys["p1"] == keys["p3"] != keys["p2"]
    assert fresh.connection.execute("select count(*) from new_conflict").fetchone() == (1,), "the steward is told"
    later = fresh.take([("p4", number(0, 1))])
    assert later["p4"] not in (later["p1"], later["p2"]), "still nobody's, as long as no steward has decided"


def test_a_changed_number_keeps_the_key_and_both_numbers_have_their_time(fresh: Vault) -> None:
    fresh.take([("p1", "20120101TF10")], [("p1", number(0, 0))], [("p1", number(0, 0))])
    spans = fresh.connection.execute(
        "select kind, valid_from, valid_to from vault.person_identifier where kind <> 'source_id' order by 2"
    ).fetchall()
    assert spans == [
        ("temporary", date(2026, 6, 5), date(2026, 6, 6)),
        ("personnummer", date(2026, 6, 6), None),
    ]


def test_a_dossier_number_is_kept_in_time_and_ties_nobody(fresh: Vault) -> None:
    dossier = {"identifier": "dossier_number", "role": "person_identifier"}
    columns = [c.model_copy(update=dossier) if c.name == "given_name" else c for c in REGISTER.columns]
    (sighting,) = matching.sightings(REGISTER.model_copy(update={"columns": tuple(columns)}))
    run = fresh.connection.execute
    run("create or replace temporary table received as select 1::bigint as load, now() as received_at")
    run(
        "create or replace temporary view new_rows as select * from (values"
        " ('p1', null::varchar, '12 345 678', 1::bigint),"
        " ('p2', null, '12345678', 1), ('p3', null, 'okänt', 1)) as t(person_id, civic_number, given_name, _load)"
    )
    matching.add(fresh.connection, sighting, MOMENT)
    found = run("select count(distinct person_key), count(*) from vault.person_identifier where kind = 'dossier'")
    assert found.fetchone() == (2, 2)


def test_a_number_typed_wrong_and_corrected_in_one_night_ties_no_siblings(fresh: Vault) -> None:
    one, other = number(0, 0), number(0, 1)
    keys = fresh.take([("p1", other), ("p2", other)], [("p1", one), ("p2", other)])
    assert keys["p1"] != keys["p2"]


def test_two_known_persons_with_one_number_stay_two_and_are_told_of(fresh: Vault) -> None:
    before = fresh.take([("p1", number(0, 0)), ("p2", "20120101TF10")])
    after = fresh.take([("p1", number(0, 0)), ("p2", number(0, 0))])
    assert before == after and len(set(after.values())) == 2
    assert fresh.connection.execute("select person_key, other_key from vault.conflict").fetchall() == [
        tuple(sorted(after.values()))
    ]


def test_keys_are_unlike_and_of_twelve_letters() -> None:
    keys = matching.new_keys(5_000).to_pylist()
    assert len(set(keys)) == 5_000
    assert {len(key) for key in keys} == {12}
