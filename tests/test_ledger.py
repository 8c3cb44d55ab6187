"""The ledger remembers deliveries in order and since when each rule has its result."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dia_assets.ledger import CheckResult, Ledger

MOMENT = datetime(2026, 6, 4, tzinfo=UTC)
RULE = CheckResult(
    "minutes_add_up", "raw", "narvaro.lesson_attendance", "riktighet", "warn", True, 10, 0, "Titel", "Åtgärd", "Ägare"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "internal" / "ledger.sqlite")


def land(ledger: Ledger, sha256: str, path: Path = Path("landed")) -> int:
    return ledger.add_delivery(
        system="narvaro", dataset="lesson_attendance", file="f.csv", sha256=sha256, size=1, received_at=MOMENT,
        landed_path=path,
    ).load  # fmt: skip


def test_the_same_bytes_are_the_same_delivery(ledger: Ledger) -> None:
    assert land(ledger, "a") == land(ledger, "a") != land(ledger, "b")


def test_a_delivery_is_accepted_only_when_no_row_is_lost(ledger: Ledger) -> None:
    load = land(ledger, "a")
    with pytest.raises(AssertionError, match="rows read"):
        ledger.accept(load, rows_read=3, rows_kept=1, rows_quarantined=1, raw_version=0)
    ledger.accept(load, rows_read=3, rows_kept=2, rows_quarantined=1, raw_version=0)
    assert [item.status for item in ledger.deliveries()] == ["accepted"]


def test_a_moved_data_root_finds_its_landed_files(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    land(Ledger(before / "internal" / "ledger.sqlite"), "a", before / "restricted" / "landing" / "f.csv")
    before.rename(after)
    (delivery,) = Ledger(after / "internal" / "ledger.sqlite").deliveries()
    assert delivery.landed_path == after / "restricted" / "landing" / "f.csv"


def test_since_when_a_rule_is_broken_is_known(ledger: Ledger) -> None:
    for day, passed in enumerate([True, False, False]):
        ledger.start_run(str(day), MOMENT + timedelta(days=day))
        ledger.record_checks(str(day), [replace(RULE, passed=passed)])
    (state,) = ledger.check_states()
    assert (state.result.passed, state.since) == (False, MOMENT + timedelta(days=1))


def test_a_rule_that_is_no_longer_tried_is_not_shown(ledger: Ledger) -> None:
    ledger.start_run("0", MOMENT)
    ledger.record_checks("0", [RULE, replace(RULE, rule_id="retired")])
    ledger.start_run("1", MOMENT + timedelta(days=1))
    ledger.record_checks("1", [RULE])
    assert [state.result.rule_id for state in ledger.check_states()] == ["minutes_add_up"]


def test_a_run_and_its_end_are_kept(ledger: Ledger) -> None:
    ledger.start_run("0", MOMENT)
    ledger.finish_run("0", MOMENT, "published", "")
    assert ledger.runs()[0]["outcome"] == "published"
