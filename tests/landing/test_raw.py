"""Raw's one writer: one delivery, one commit; a kill anywhere leaves something that the next run puts right."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from deltalake import DeltaTable

from dia_assets import delta
from dia_assets.errors import DeliveryRefused, DiaError
from dia_assets.landing import raw
from dia_assets.landing.candidate import Parts, typed_view_sql
from dia_assets.ledger import Ledger

from .support import LESSONS, MOMENT, Landing

Text = Callable[..., str]
GOOD = "00000001;2026-06-01;60;9A;inget"
BAD = "00000001;inte en dag;60;9A;inget"


class Killed(BaseException):
    """Stands for the process that ends here."""


def _kill(*_: Any, **__: Any) -> None:
    raise Killed


def test_one_delivery_is_one_commit_that_says_which(landing: Landing, lessons_file: Text) -> None:
    landing.take_in(LESSONS, "lessons_1.csv", lessons_file(GOOD))
    landing.take_in(LESSONS, "lessons_2.csv", lessons_file(GOOD, GOOD, BAD))
    history = DeltaTable(landing.lake.raw(LESSONS)).history()
    assert [(entry["delivery"], entry["file"], entry["rows_kept"]) for entry in history] == [
        ("2", "lessons_2.csv", "2"),
        ("1", "lessons_1.csv", "1"),
    ]
    delivery = landing.ledger.deliveries()[1]
    assert (delivery.status, delivery.raw_version, delivery.rows_quarantined) == ("accepted", 1, 1)
    assert history[0]["sha256"] == delivery.sha256


def test_accepting_twice_doubles_nothing(landing: Landing, lessons_file: Text) -> None:
    delivery, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, BAD))
    for _ in range(2):
        assert raw.accept(landing.lake, landing.ledger, LESSONS, delivery, candidate, MOMENT) == 0
    assert len(landing.rows(LESSONS)) == len(landing.quarantined(LESSONS)) == 1


def test_a_kill_before_the_commit_leaves_nothing_behind(landing: Landing, lessons_file: Text) -> None:
    landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, BAD))
    raw.clean_up(landing.lake, landing.ledger, LESSONS)
    assert [item.status for item in landing.ledger.deliveries()] == ["landed"]
    assert not list(landing.lake.restricted.rglob("part-*"))


@pytest.mark.parametrize("place", ["quarantine", "ledger"])
def test_a_kill_after_the_commit_is_completed_by_the_next_run(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    delivery, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, BAD))
    commit = delta.Writer.commit_files
    with monkeypatch.context() as patch:
        if place == "ledger":
            patch.setattr(Ledger, "accept", _kill)
        else:
            patch.setattr(
                delta.Writer,
                "commit_files",
                lambda writer, *a: _kill() if "quarantine" in str(writer.table) else commit(writer, *a),
            )
        with pytest.raises(Killed):
            raw.accept(landing.lake, landing.ledger, LESSONS, delivery, candidate, MOMENT)
    raw.clean_up(landing.lake, landing.ledger, LESSONS, MOMENT)
    (done,) = landing.ledger.deliveries()
    assert (done.status, done.rows_read, done.rows_kept, done.rows_quarantined) == ("accepted", 2, 1, 1)
    assert len(landing.rows(LESSONS)) == len(landing.quarantined(LESSONS)) == 1
    assert delta.version(landing.lake.raw(LESSONS)) == 0


def test_a_kill_while_reading_leaves_no_files(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Parts, "finish", _kill)
    with pytest.raises(Killed):
        landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, BAD))
    assert not list(landing.lake.restricted.rglob("part-*"))


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), duckdb.IOException("write: No space left on device")]
)
def test_a_full_disk_while_reading_is_told_of_and_loses_nothing(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    delivery = landing.land(LESSONS, "lessons_1.csv", lessons_file(GOOD))[0]
    with monkeypatch.context() as patch:
        patch.setattr(Parts, "write", full)
        with pytest.raises(DiaError) as caught:
            raw.read_candidate(landing.settings, landing.lake, LESSONS, delivery)
    assert not isinstance(caught.value, DeliveryRefused) and "Disken" in caught.value.message_sv
    assert raw.read_candidate(landing.settings, landing.lake, LESSONS, delivery).rows_kept == 1


def test_one_bad_delivery_does_not_keep_out_the_others(landing: Landing, lessons_file: Text) -> None:
    deliveries = [
        landing.land(LESSONS, f"lessons_{number}.csv", content)[0]
        for number, content in enumerate([lessons_file(GOOD), b"PK\x03\x04", lessons_file(GOOD, GOOD)])
    ]
    read = [r for _, r in raw.read_candidates(landing.settings, landing.lake, landing.ledger, LESSONS, deliveries)]
    assert isinstance(read[1], DeliveryRefused)
    assert [item.rows_kept for item in (read[0], read[2]) if isinstance(item, raw.Candidate)] == [1, 2]


def test_rows_that_a_stewards_rule_names_move_to_quarantine(landing: Landing, lessons_file: Text) -> None:
    rows = [f"00000001;2026-06-01;{minutes};9A;" for minutes in ("60", "0", "42,5", "")]
    delivery, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(*rows, BAD))
    fewer = raw.drop_rows(landing.settings, landing.lake, LESSONS, candidate, "minutes = 0", "no_minutes", "Noll.")
    assert (fewer.rows_read, fewer.rows_kept, fewer.rows_quarantined) == (5, 3, 2)
    assert fewer.quarantined == {"wrong_type": 1, "no_minutes": 1}
    raw.accept(landing.lake, landing.ledger, LESSONS, delivery, fewer, MOMENT)
    assert [row["minutes"] for row in landing.rows(LESSONS)] == ["60", "42,5", None]
    moved = landing.quarantined(LESSONS)[0]
    assert (moved["_row"], moved["rule"], moved["reason_sv"]) == (2, "no_minutes", "Noll.")
    assert moved["_file"] == "lessons_1.csv" and moved["quarantined_at"] == MOMENT


def test_a_rule_that_names_no_row_changes_nothing(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD))
    assert raw.drop_rows(landing.settings, landing.lake, LESSONS, candidate, "minutes > 999", "x", "x") is candidate


def test_the_typed_view_has_each_value_typed_and_as_text(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file("00000001;2026-06-01;42,5;9A;"))
    row = duckdb.sql(
        f"select minutes, minutes__text, typeof(day), _row from ({typed_view_sql(LESSONS, candidate.paths)})"
    ).fetchone()
    assert row == (42.5, "42,5", "DATE", 1)


def test_the_log_of_raw_holds_no_value_of_a_person(landing: Landing, lessons_file: Text) -> None:
    landing.take_in(LESSONS, "lessons_1.csv", lessons_file("00000001;2026-06-01;60;KANARIEFAGEL;"))
    logs = (landing.lake.raw(LESSONS) / "_delta_log").glob("*.json")
    assert not any("KANARIEFAGEL" in log.read_text(encoding="utf-8") for log in logs)
