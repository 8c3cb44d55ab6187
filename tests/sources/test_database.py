"""Databases as a source, against a PostgreSQL that really runs: from a view to raw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from history.way import Way

from dia_assets.contracts import Load, load_contracts
from dia_assets.orchestration.ingest import take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.sources import postgresql
from tests.landing.support import column

from .database_support import (
    CHANGES,
    FINANCE,
    NOW,
    PUPIL,
    PUPILS,
    SECRET,
    TABLE,
    Asked,
    admin,
    asked,
    dataset,
    make,
    server,
    uri,
)

__all__ = ["asked", "make", "server", "uri"]  # fixtures


def test_a_view_is_read_by_the_contracts_columns_and_reconciled_with_its_count(asked: Asked) -> None:
    asked.run(*TABLE)
    delivery = asked.take_in(PUPILS)
    assert (delivery.status, delivery.expected_rows, delivery.rows_read, delivery.rows_kept) == ("accepted", 2, 2, 2)
    assert [(row["pupil"], row["grade"]) for row in asked.rows(PUPILS)] == [("a", "1"), ("b", "2")]
    assert pq.read_schema(delivery.landed_path).names == ["Elev", "Åk"]
    assert "”Namn”" in asked.ledger.contacts()[PUPILS.key].message_sv


def test_the_finance_view_reaches_history_and_a_correction_replaces_what_it_corrects(asked: Asked) -> None:
    [costs] = [item for item in load_contracts().values() if item.system == "ekonomi"]
    asked.run(
        *FINANCE,
        "insert into uppfoljning.enhetskostnad values ('00000001', '2026-04-01', 'lokaler', 100.50, '2026-05-02'),"
        " ('00000001', '2026-04-01', 'måltider', 80, '2026-05-03')",
    )
    road = Way(asked.lakehouse.lake.root, [costs])
    assert asked.take_in(costs).rows_kept == 2
    road.write_history()
    asked.run("update uppfoljning.enhetskostnad set belopp = 90, andrad = '2026-05-20' where kostnadsslag = 'måltider'")
    assert asked.take_in(costs).rows_kept == 1
    road.write_history()
    assert [row[2:] for row in road.current("unit_cost")] == [("lokaler", 100.5), ("måltider", 90.0)]


def test_a_query_from_the_contract_is_read_as_it_stands(asked: Asked) -> None:
    asked.run(*TABLE)
    counted = dataset(
        column("grade", "grade", "integer"),
        column("pupils", "pupils", "integer"),
        key=("grade",),
        query='select "Åk" as grade, count(*) as pupils from skola.elever group by 1;',
    )
    assert asked.take_in(counted).rows_kept == 2


def test_a_column_that_is_never_stored_never_leaves_the_database(asked: Asked) -> None:
    asked.run(*TABLE)
    with_name = dataset(PUPIL, column("name", "Namn", drop=True), table="skola.elever")
    delivery = asked.take_in(with_name)
    assert pq.read_schema(delivery.landed_path).names == ["Elev"]
    assert asked.ledger.contacts()[with_name.key].message_sv.count("Namn") == 0


def test_an_unchanged_table_is_no_news_and_one_that_is_changed_back_is(asked: Asked) -> None:
    asked.run(*TABLE)
    asked.take_in(PUPILS)
    assert asked.ask(PUPILS)[0].outcome == "nothing_new"
    asked.run("""update skola.elever set "Åk" = 3 where "Elev" = 'a'""")
    asked.take_in(PUPILS)
    asked.run("""update skola.elever set "Åk" = 1 where "Elev" = 'a'""")
    asked.take_in(PUPILS)
    assert [row["grade"] for row in asked.rows(PUPILS) if row["pupil"] == "a"] == ["1", "3", "1"]


def test_a_watermark_brings_what_is_new_and_rows_at_exactly_the_watermark(asked: Asked) -> None:
    asked.run(*TABLE)
    first = asked.take_in(CHANGES)
    assert (first.watermark, first.mode) == ("2026-06-01T10:00:00.000000", None)
    asked.run(f"insert into skola.elever values ('c', 3, '{NOW}')", "insert into skola.elever values ('d', 4, null)")
    second = asked.take_in(CHANGES)
    assert (second.rows_kept, second.watermark) == (4, first.watermark)
    asked.run("insert into skola.elever values ('e', 5, '2026-06-02 08:00')")
    asked.take_in(CHANGES)
    assert asked.ledger.watermark(CHANGES.key) == "2026-06-02T08:00:00.000000"
    asked.run("delete from skola.elever where \"Elev\" = 'd'")
    third = asked.take_in(CHANGES)
    assert third.rows_kept == 1
    assert asked.ask(CHANGES)[0].outcome == "nothing_new"


def test_a_row_that_is_committed_late_is_caught_by_the_overlap(asked: Asked) -> None:
    asked.run(*TABLE)
    careful = CHANGES.model_copy(update={"fetch": {**CHANGES.fetch, "overlap": {"minutes": 10}}})
    asked.take_in(careful)
    asked.run("insert into skola.elever values ('late', 1, '2026-06-01 09:55'), ('too late', 1, '2026-06-01 09:40')")
    asked.take_in(careful)
    assert "late" in {row["pupil"] for row in asked.rows(careful)}
    assert "too late" not in {row["pupil"] for row in asked.rows(careful)}


def test_a_date_far_ahead_does_not_hide_the_rows_until_then(asked: Asked) -> None:
    asked.run(*TABLE, "insert into skola.elever values ('wrong', 1, '9999-12-31')")
    asked.take_in(CHANGES)
    assert asked.ledger.watermark(CHANGES.key) == "2026-06-04T00:00:00.000000"
    asked.run("insert into skola.elever values ('new', 1, '2026-06-04 00:00')")
    asked.take_in(CHANGES)
    assert "new" in {row["pupil"] for row in asked.rows(CHANGES)}


@pytest.mark.parametrize(
    ("kind", "values", "overlap", "mark"),
    [
        ("integer", ("9", "10", "11"), 1, f"{10:020}"),
        ("date", ("'2026-05-09'", "'2026-05-10'", "'2026-05-11'"), {"days": 1}, "2026-05-10"),
    ],
)
def test_a_watermark_may_be_a_number_or_a_date(
    asked: Asked, kind: str, values: tuple[str, ...], overlap: Any, mark: str
) -> None:
    sql_type = {"integer": "bigint", "date": "date"}[kind]
    asked.run(f"create table t (k text, v {sql_type})", f"insert into t values ('a', {values[0]}), ('b', {values[1]})")
    growing = dataset(
        *(column("pupil", "k"), column("mark", "v", kind)),
        **{"mode": "append", "table": "t", "watermark": "mark", "overlap": overlap},
    )
    assert asked.take_in(growing).watermark == mark
    asked.run(f"insert into t values ('c', {values[2]})")
    assert asked.take_in(growing).rows_kept == 3


def test_increments_of_a_complete_dataset_are_changes_of_the_records_they_contain(asked: Asked) -> None:
    asked.run(*TABLE)
    whole = CHANGES.model_copy(update={"load": Load(mode="full", key=("pupil",), entity=("pupil",))})
    assert asked.take_in(whole).mode == "full"
    asked.run(f"insert into skola.elever values ('c', 3, '{NOW}')")
    delivery = asked.take_in(whole)
    assert delivery.mode == "changes"
    entities = pq.read_table(asked.lakehouse.lake.entities(whole)).to_pylist()
    assert {row["pupil"] for row in entities if row["_load"] == delivery.load} == {"a", "b", "c"}


def test_rows_that_are_deleted_are_gone_when_everything_is_read_again(asked: Asked) -> None:
    def night(day: int) -> Asked:
        environment = {**asked.lakehouse.environment, "DIA_NOW": f"2026-06-{day:02}T02:00:00+00:00"}
        return Asked(Lakehouse(environment=environment), asked.uri)

    [costs] = [item for item in load_contracts().values() if item.system == "ekonomi"]
    costs = costs.model_copy(update={"fetch": {**costs.fetch, "full_every_days": 7}})
    asked.run(
        *FINANCE,
        "insert into uppfoljning.enhetskostnad select '00000001', date '2026-04-01', kind, 80, '2026-05-03'"
        " from unnest(array['lokaler', 'måltider', 'övrigt']) as kind",
    )
    road = Way(asked.lakehouse.lake.root, [costs])
    assert night(1).take_in(costs).mode == "full"
    asked.run("delete from uppfoljning.enhetskostnad where kostnadsslag = 'övrigt'")
    assert night(2).take_in(costs).mode is None
    road.write_history()
    assert len(road.current("unit_cost")) == 3, "a watermark does not see it"
    assert night(8).take_in(costs).mode == "full"
    road.write_history()
    assert [row[2] for row in road.current("unit_cost")] == ["lokaler", "måltider"]
    assert night(15).take_in(costs).mode == "full"
    asked.run("update uppfoljning.enhetskostnad set belopp = 90, andrad = '2026-06-15' where kostnadsslag = 'lokaler'")
    assert night(16).take_in(costs).mode is None, "not whole again until a week has gone"


def test_rows_that_come_while_it_is_read_are_left_for_the_next_time(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.run(*TABLE)
    read = postgresql.PostgresqlSession.read

    def and_then_a_row_comes(session: Any, sql: str) -> Any:
        answer = read(session, sql)
        if "count(*)" in sql:
            asked.run("insert into skola.elever values ('new', 1)")
        return answer

    monkeypatch.setattr(postgresql.PostgresqlSession, "read", and_then_a_row_comes)
    delivery = asked.take_in(PUPILS)
    assert (delivery.status, delivery.expected_rows, delivery.rows_read) == ("accepted", 2, 2)


def test_what_a_contract_asks_for_cannot_change_the_database(asked: Asked) -> None:
    asked.run(*TABLE, "create function skola.wipe() returns int language sql as 'delete from skola.elever returning 1'")
    wiping = dataset(column("pupil", "w"), query="select skola.wipe() as w")
    contact = asked.ask(wiping)[0]
    assert (contact.outcome, "kunde inte besvara frågan" in contact.message_sv) == ("failed", True)
    assert asked.take_in(PUPILS).rows_kept == 2


def test_a_renamed_column_is_told_with_a_proposal_and_nothing_is_taken_in(asked: Asked) -> None:
    asked.run(*TABLE)
    contact = asked.ask(dataset(PUPIL, column("grade", "Årskurs", "integer"), table="skola.elever"))[0]
    assert contact.outcome == "failed"
    assert "Kolumnen ”Årskurs” finns inte längre. Förslag: ”Årskurs” heter kanske nu ”Åk”." in contact.message_sv
    assert asked.ledger.deliveries() == []


def test_a_renamed_column_that_the_contract_knows_is_read(asked: Asked) -> None:
    asked.run(*TABLE, 'alter table skola.elever rename column "Åk" to "Årskurs"')
    known = dataset(PUPIL, column("grade", "Åk", "integer", aliases=("Årskurs",)), table="skola.elever")
    asked.take_in(known)
    assert [row["grade"] for row in asked.rows(known)] == ["1", "2"]


def test_a_table_that_is_not_there_leaves_the_others(asked: Asked) -> None:
    asked.run(*TABLE)
    gone = dataset(PUPIL, table="skola.borta").model_copy(update={"name": "gone", "files": r"gone_\w+\.parquet"})
    assert [contact.outcome for contact in asked.ask(gone, PUPILS)] == ["failed", "new"]


def test_a_login_that_may_read_some_columns_reads_those(
    server: Any, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.run(
        *TABLE,
        "create role reader login",
        "grant usage on schema skola to reader",
        'grant select ("Elev", "Åk") on skola.elever to reader',
    )
    monkeypatch.setenv(SECRET, asked.uri.replace("postgres:@", "reader:@"))
    assert asked.take_in(PUPILS).rows_kept == 2
    contact = asked.ask(CHANGES)[0]
    assert (contact.outcome, "läsrätt" in contact.message_sv) == ("failed", True)
    asked.run("drop owned by reader", "drop role reader")


@contextmanager
def _password_needed(server: Any) -> Iterator[None]:
    rules = server.pgdata / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all guarded scram-sha-256\n{before}")
    admin(server.get_uri(), "create role guarded login password 'r1ght'", "select pg_reload_conf()")
    try:
        yield
    finally:
        rules.write_text(before)
        admin(server.get_uri(), "select pg_reload_conf()", "drop role guarded")


def test_a_wrong_password_is_told_without_the_password(
    server: Any, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _password_needed(server):
        monkeypatch.setenv(SECRET, asked.uri.replace("postgres:@", "guarded:wr0ng@"))
        contact = asked.ask(PUPILS)[0]
    assert contact.outcome == "failed"
    assert "godtog inte inloggningen" in contact.message_sv
    assert not any(word in contact.message_sv for word in ("wr0ng", "guarded", "postgres"))


@pytest.mark.parametrize("uri", ["postgresql://x:s3cret@127.0.0.1:1/skola", "host=/nowhere dbname=skola"])
def test_a_server_that_is_down_is_told_for_every_dataset(
    make: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setenv(SECRET, uri)
    other = PUPILS.model_copy(update={"name": "other"})
    contacts = make(uri).ask(PUPILS, other)
    assert {contact.outcome for contact in contacts} == {"unreachable"}
    assert "s3cret" not in contacts[0].message_sv


def test_a_server_that_goes_away_while_it_is_read_leaves_no_delivery(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.run(*TABLE)
    read = postgresql.PostgresqlSession.read

    def cut_off(session: Any, sql: str) -> Any:
        if "order by" in sql:
            asked.run(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        return read(session, sql)

    monkeypatch.setattr(postgresql.PostgresqlSession, "read", cut_off)
    assert asked.ask(PUPILS)[0].outcome == "unreachable"
    assert asked.ledger.deliveries() == []


TYPES = {
    "numeric(12,2)": ("decimal", "-1234567890.50", "-1234567890.50"),
    "timestamptz": ("timestamp", "2026-06-01 10:00:00.25+02", "2026-06-01T08:00:00.250000Z"),
    "timestamp": ("timestamp", "2026-06-01 10:00", "2026-06-01T10:00:00.000000"),
    "date": ("date", "2026-06-01", "2026-06-01"),
    "time": ("time", "08:05", "08:05:00.000000"),
    "boolean": ("boolean", "t", "true"),
    "text": ("text", "Åsa Älv Öst", "Åsa Älv Öst"),
    "uuid": ("text", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000a"),
    "json": ("json", '{"å": [1]}', '{"å": [1]}'),
    "jsonb": ("json", '{"å": [1]}', '{"å": [1]}'),
    "text[]": ("json", '{å,"b c",NULL}', '["å", "b c", null]'),
    "int[]": ("json", "{1,2}", "[1, 2]"),
    "bigint": ("integer", "-9007199254740993", "-9007199254740993"),
    "double precision": ("decimal", "0.1", "0.1"),
}


def test_every_type_that_matters_keeps_its_meaning(asked: Asked) -> None:
    names = [f"c{place}" for place in range(len(TYPES))]
    listed = ", ".join(f"{name} {kind}" for name, kind in zip(names, TYPES, strict=True))
    values = ", ".join("'" + given + "'" for _, given, _ in TYPES.values())
    nulls = ", ".join(["null"] * len(TYPES))
    asked.run(f"create table t (k text, {listed})", f"insert into t values ('a', {values}), ('b', {nulls})")
    columns = [column(name, name, kind) for name, (kind, *_) in zip(names, TYPES.values(), strict=True)]
    typed = dataset(column("pupil", "k"), *columns, table="t")
    delivery = asked.take_in(typed)
    assert (delivery.rows_kept, delivery.rows_quarantined) == (2, 0)
    full, empty = asked.rows(typed)
    assert [full[name] for name in names] == [wanted for *_, wanted in TYPES.values()]
    assert {empty[name] for name in names} == {None}


@pytest.mark.parametrize("kind", ["bytea", "inet", "interval", "money", "timetz"])
def test_a_type_that_would_lose_its_meaning_is_told(asked: Asked, kind: str) -> None:
    asked.run(f"create table t (k text, v {kind})")
    contact = asked.ask(dataset(column("pupil", "k"), column("v", "v"), table="t"))[0]
    assert contact.outcome == "failed"
    assert f"Kolumnen ”v” har typen {kind}" in contact.message_sv


def test_rows_in_are_rows_kept_and_quarantined(asked: Asked) -> None:
    asked.run("create table t (k text, v text)", "insert into t select i, case when i % 50 = 0 then 'x' else '1' end"
              " from generate_series(1, 500) as i")  # fmt: skip
    delivery = asked.take_in(dataset(column("pupil", "k"), column("v", "v", "integer"), table="t"))
    assert (delivery.rows_read, delivery.rows_kept, delivery.rows_quarantined) == (500, 490, 10)


def test_a_large_table_is_read_and_written_in_bounded_pieces(
    make: Callable[..., Asked], uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, uri)
    asked = make(uri, batch_rows=20_000)
    asked.run(
        "create table t as select i::text as k, i % 9 as v, repeat('x', 200) as t from generate_series(1, 200000) as i"
    )
    held: list[int] = []
    write = pq.ParquetWriter.write_batch

    def written(writer: Any, batch: pa.RecordBatch, row_group_size: int) -> None:
        held.append(batch.nbytes)
        write(writer, batch, row_group_size)

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", written)
    large = dataset(column("pupil", "k"), column("v", "v", "integer"), column("label", "t"), table="t")
    asked.ask(large)
    delivery = asked.ledger.deliveries(large.key)[-1]
    metadata = pq.read_metadata(delivery.landed_path)
    groups = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    assert (sum(groups), max(groups)) == (200_000, 20_000)
    assert len(held) > 1 and max(held) < 20 << 20, "the result came in batches of some megabytes, not whole"
    take_in(asked.lakehouse, large)
    assert asked.ledger.deliveries(large.key)[-1].rows_kept == 200_000


@pytest.mark.parametrize(
    ("fetch", "problem"),
    [
        ({}, "`table` or `query`"),
        ({"table": "t", "query": "select 1"}, "`table` or `query`"),
        ({"table": "t", "watermark": "grade"}, "load mode must be upsert or append"),
        ({"table": "t", "watermark": "pupil"}, "must name a column of type"),
        ({"table": "t", "overlap": -1}, "must not be negative"),
        ({"table": "t", "order": "k"}, "order"),
        ({"table": "t", "full_every_days": 7}, "goes with `watermark`"),
    ],
)
def test_a_contract_that_asks_wrongly_is_told(asked: Asked, fetch: dict[str, Any], problem: str) -> None:
    contact = asked.ask(PUPILS.model_copy(update={"fetch": fetch}))[0]
    assert contact.outcome == "failed"
    assert problem in contact.message_sv
