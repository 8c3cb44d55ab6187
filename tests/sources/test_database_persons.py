"""Persons over SQL: the vault knows them, a mark in a column protects them, and another system goes on without them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from dia_assets.contracts import load_contracts
from dia_assets.identity import vault
from dia_assets.identity.views import create_raw_views
from dia_assets.landing.zone import land
from dia_assets.orchestration.ingest import take_in
from dia_assets.synthetic.identifiers import identity_number
from tests.landing.support import column

from .database_support import Asked, asked, dataset, make, server, uri

__all__ = ["asked", "make", "server", "uri"]  # fixtures

LESSONS = load_contracts()["narvaro.lesson_attendance"]
HEADER = (
    "Skolenhetskod;Personnummer;Klass;Ämne;Datum;Start;LektionsID;Lektionsminuter;Närvarominuter;Giltig frånvaro;"
    "Ogiltig frånvaro;Rapporterad;Kommentar"
)
PUPILS = [identity_number(date(2012, 4, day), 980 + day) for day in (1, 2, 3)]
REGISTER = dataset(
    column("pupil", "elev_id", required=True, role="person_identifier", identifier="source_id"),
    column("number", "pnr", role="person_identifier", identifier="person_number"),
    column("name", "namn", role="direct_identifier"),
    column("marking", "skydd", role="security_marking"),
    table="skola.elever",
)
TABLE = (
    "create schema skola",
    "create table skola.elever (elev_id text, pnr text, namn text, skydd text)",
    f"insert into skola.elever values ('e1', '{PUPILS[0]}', 'Elev Ett', null),"
    f" ('e2', '{PUPILS[1]}', 'Elev Två', 'Skyddad folkbokföring'), ('e3', '{PUPILS[2]}', 'Elev Tre', 'nej')",
)


def lessons(folder: Path, name: str = "lektionsnarvaro_2026-05.csv") -> Path:
    rows = [f"00000001;{pupil};5A;MA;2026-05-04;08:00;L{place};60;60;0;0;J;" for place, pupil in enumerate(PUPILS)]
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def deliver_lessons(asked: Asked, file: Path) -> None:
    lakehouse = asked.lakehouse
    land(lakehouse.settings, lakehouse.lake, lakehouse.ledger, LESSONS, [file], datetime(2026, 6, 1, tzinfo=UTC))
    take_in(lakehouse, LESSONS)


def test_a_pupil_in_a_table_and_in_a_file_is_one_person_and_a_mark_in_either_protects(
    asked: Asked, tmp_path: Path
) -> None:
    asked.run(*TABLE)
    assert asked.take_in(REGISTER).rows_kept == 3
    deliver_lessons(asked, lessons(tmp_path))
    lakehouse, contracts = asked.lakehouse, [REGISTER, LESSONS]
    report = vault.resolve(lakehouse.settings, lakehouse.lake, lakehouse.ledger, contracts, lakehouse.moment)
    assert (report.persons, report.protected_persons) == (3, 1)
    with duckdb.connect() as connection:
        create_raw_views(connection, lakehouse.lake, contracts)
        pairs = connection.execute(
            "select l.person_number, l._is_protected, l._person_key = r._person_key from raw.narvaro__lesson_attendance"
            " as l join raw.test__thing as r on r.number = l.person_number order by 1"
        ).fetchall()
    assert pairs == [(PUPILS[0], False, True), (PUPILS[1], True, True), (PUPILS[2], False, True)]


def test_nothing_of_a_person_is_told_of_the_source(asked: Asked, capfd: pytest.CaptureFixture[str]) -> None:
    asked.run(*TABLE)
    delivery = asked.take_in(REGISTER)
    told = repr(asked.ledger.contacts()) + repr(delivery) + "".join(capfd.readouterr())
    assert not [secret for secret in (*PUPILS, "Elev Ett", "Skyddad") if secret in told]


def test_a_database_that_is_down_leaves_the_files_of_another_system(
    make: Callable[[str], Asked], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
    monkeypatch.setenv("SKOLA_DATABASE", address)
    asked = make(address)
    [contact] = asked.ask(REGISTER)
    deliver_lessons(asked, lessons(tmp_path))
    assert contact.outcome == "unreachable"
    [delivery] = asked.ledger.deliveries(LESSONS.key)
    assert (delivery.status, delivery.rows_kept) == ("accepted", 3)
