"""The steward's list end to end in the vault: who is on it, who never is, and what decisions do to it and to rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from identity.delivered import CONTRACTS, Deliver, resolve, rows

from dia_assets.cli import main
from dia_assets.engine import connect
from dia_assets.identity import decisions, moved, store, vault
from dia_assets.identity.decisions import Decision
from dia_assets.settings import Settings

PERSON = CONTRACTS["ss12000.person"]
PUPIL = {"given_name": "Påhittad", "family_name": "Exempelsson", "birth_date": "2012-01-01", "sex": "Kvinna"}
WITH_NUMBER = {**PUPIL, "person_id": "p1", "civic_number": "201201019807", "security_marking": "Ingen"}
WITHOUT = {**PUPIL, "person_id": "p2", "civic_number": "20120101TF20", "security_marking": "Ingen"}


# Others, so that the pair's names are not everybody's.
OTHERS = [
    {"person_id": f"o{n}", "given_name": f"Namn{n}", "family_name": f"Släkt{n}",
     "birth_date": f"20{10 + n % 9}-05-{n % 27 + 1:02}"}
    for n in range(150)
]  # fmt: skip


def decide(settings: Settings, action: str, **fields: str) -> None:
    number = len(decisions.read(settings.lake)) + 1
    row = Decision(f"d{number}", "2026-06-04", "registrator", action, **{"reason": "prövat", **fields})
    decisions.append(settings.lake, row)


def keys(settings: Settings) -> list[str]:
    return [str(row["_person_key"]) for row in rows(settings, PERSON) if row["given_name"] == PUPIL["given_name"]]


@pytest.fixture
def dia(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("DIA_DATA", str(settings.data))

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["identity", *arguments])
        return result.exit_code, result.output

    return run


def test_a_pair_is_listed_by_keys_and_words_without_a_value(
    settings: Settings, deliver: Deliver, dia: Callable[..., tuple[int, str]]
) -> None:
    deliver(PERSON, [WITH_NUMBER, WITHOUT, *OTHERS])
    assert resolve(settings).candidates == 1
    status, shown = dia("candidates")
    assert status == 0 and all(key in shown for key in keys(settings))
    assert current(settings, "work_list") == [("merges", 0), ("possible_duplicates", 1), ("rows_of_nobody", 0)]
    assert "lika: förnamn, efternamn, födelsedatum, kön" in shown and "tillfälligt nummer (TF)" in shown
    for value in (*PUPIL.values(), "201201019807", "20120101TF20", "p1"):
        assert value.lower() not in shown.lower().replace("påhittat", "").replace("kön", "") or value == "Kvinna"


@pytest.mark.parametrize("marked", [0, 1])
def test_a_protected_person_is_on_no_list_and_in_no_decision(
    settings: Settings, deliver: Deliver, dia: Callable[..., tuple[int, str]], marked: int
) -> None:
    pair = [WITH_NUMBER, WITHOUT]
    pair[marked] = {**pair[marked], "security_marking": "Sekretessmarkering"}
    deliver(PERSON, [*pair, *OTHERS])
    assert resolve(settings).candidates == 0
    one, other = keys(settings)
    assert one not in dia("candidates")[1] and other not in dia("candidates")[1]
    refused = dia("decide", "merge", one, other, "--reason", "samma", "--apply")
    unknown = dia("decide", "merge", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "--reason", "samma", "--apply")
    assert refused == unknown and refused[0] == 1
    assert decisions.read(settings.lake) == []


def test_a_mark_that_comes_later_takes_the_pair_off_at_once(
    settings: Settings, deliver: Deliver, dia: Callable[..., tuple[int, str]]
) -> None:
    deliver(PERSON, [WITH_NUMBER, WITHOUT, *OTHERS])
    resolve(settings)
    deliver(PERSON, [{**WITH_NUMBER, "security_marking": "?"}, WITHOUT, *OTHERS])
    assert resolve(settings).candidates == 0
    with connect(settings) as connection:
        relation = store.relation(settings.lake, "candidate")
        assert connection.execute(f"select count(*) from {relation}").fetchone() == (0,)


def test_who_is_merged_with_a_protected_person_is_protected_too(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [WITH_NUMBER, WITHOUT, *OTHERS])
    resolve(settings)
    one, other = keys(settings)
    decide(settings, "merge", person_key=one, other_key=other)
    deliver(PERSON, [{**WITH_NUMBER, "security_marking": "Sekretessmarkering"}, WITHOUT])
    assert resolve(settings).protected_persons == 2
    assert {row["person_id"] for row in rows(settings, PERSON) if row["_is_protected"]} == {"p1", "p2"}


@pytest.mark.parametrize("action", ["merge", "not_same"])
def test_a_decided_pair_is_not_asked_about_again_until_the_decision_is_undone(
    settings: Settings, deliver: Deliver, action: str
) -> None:
    deliver(PERSON, [WITH_NUMBER, WITHOUT, *OTHERS])
    resolve(settings)
    one, other = keys(settings)
    decide(settings, action, person_key=one, other_key=other)
    assert resolve(settings).candidates == 0
    decide(settings, "undo", undoes="d1")
    assert resolve(settings).candidates == 1


def test_a_split_gives_a_record_its_own_person_now_and_in_history_and_its_undoing_takes_it_back(
    settings: Settings, deliver: Deliver
) -> None:
    deliver(PERSON, [WITH_NUMBER, {**WITHOUT, "civic_number": "201201019807"}])
    resolve(settings)
    (person,) = set(keys(settings))
    with connect(settings) as connection:
        vault.open_vault(connection, settings.lake)
        found = connection.execute("select record_key from vault.alias where value = 'p2'").fetchone()
    assert found
    decide(settings, "split", person_key=person, records=found[0], new_key="nnnnnnnnnnnn")
    report = resolve(settings)
    assert (report.persons, report.splits, report.unknown_decided) == (2, 1, 0)
    assert keys(settings) == [person, "nnnnnnnnnnnn"]
    assert current(settings, "moved_row") == [("ss12000.person", 1, 2, person, "nnnnnnnnnnnn")]
    decide(settings, "undo", undoes="d1")
    resolve(settings)
    assert keys(settings) == [person, person]
    assert current(settings, "moved_row") == []
    assert current(settings, "key_map") == [("nnnnnnnnnnnn", person)]


def current(settings: Settings, name: str) -> list[tuple[object, ...]]:
    with connect(settings) as connection:
        vault.open_vault(connection, settings.lake)
        moved.open_current_keys(connection, settings.lake)
        return connection.execute(f"select * from identity.{name}").fetchall()


def test_a_mistyped_key_in_the_file_is_told_of(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [WITH_NUMBER])
    decide(settings, "merge", person_key="aaaaaaaaaaaa", other_key="bbbbbbbbbbbb")
    assert resolve(settings).unknown_decided == 2
