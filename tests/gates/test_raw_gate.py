from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.errors import DiaError
from dia_assets.gates.raw_gate import TOO_MANY, GateResult, create_candidate_view, gate_candidate, gate_candidates
from dia_assets.ledger import CheckResult, Ledger
from dia_assets.settings import Settings

from .conftest import CANARY, good_rows

NEGATIVE = {"id": "no_negative_minutes", "bad_rows_where": "minutes < 0"}


def check(result: GateResult, rule: str) -> CheckResult:
    return next(check for check in result.checks if check.rule_id == rule)


def test_a_delivery_that_breaks_no_rule_is_accepted(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {**NEGATIVE, "severity": "block"})
    result = gate_candidate(settings, contract, 7, [candidate(7, good_rows(3))], suites)
    assert result.accepted
    assert all(check.passed and check.failed == 0 and check.checked == 3 and check.load == 7 for check in result.checks)


def test_a_broken_block_rule_refuses_only_the_delivery_that_breaks_it(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {**NEGATIVE, "severity": "block"})
    bad = [*good_rows(4), ("p", "l", "-1", "2026-06-01"), ("q", "l", "-2,5", "2026-06-01")]
    files = {load: [candidate(load, good_rows(load))] for load in range(1, 10)}
    files[10] = [candidate(10, bad)]
    results = gate_candidates(settings, contract, files, suites)
    assert [load for load, result in results.items() if not result.accepted] == [10]
    refused = results[10]
    assert (refused.rule, check(refused, "no_negative_minutes").failed) == ("no_negative_minutes", 2)
    assert "2 av 6" in (refused.reason_sv or "")
    assert refused.remedy_sv == "Rätta."
    assert check(results[4], "no_negative_minutes").checked == 4


def test_rows_that_break_a_quarantine_rule_are_named_and_the_rest_is_accepted(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {**NEGATIVE, "severity": "quarantine"})
    rows = good_rows(100)
    rows[41] = ("p", CANARY, "-5", "2026-06-01")
    path = candidate(3, rows)
    result = gate_candidate(settings, contract, 3, [path], suites)
    (moved,) = result.quarantine
    assert result.accepted
    assert (moved.rule, moved.rows) == ("no_negative_minutes", (42,))
    assert CANARY not in repr(result)
    with connect(settings) as connection:
        count = connection.execute(f"select count(*) from '{path}' where {moved.predicate_sql}").fetchone()
    assert count == (1,)


def test_a_delivery_whose_rows_would_mostly_go_to_quarantine_is_refused(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {**NEGATIVE, "severity": "quarantine"})
    rows = [(f"p{number}", "l", "-1", "2026-06-01") for number in range(10)]
    result = gate_candidate(settings, contract, 3, [candidate(3, rows)], suites)
    assert (result.accepted, result.rule, result.quarantine) == (False, TOO_MANY, [])


def test_surplus_rows_of_a_key_are_counted_and_can_be_moved(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite(
        "raw", "test__lesson", {"id": "one_row", "unique": ["pupil", "lesson"], "severity": "quarantine"}
    )
    rows = good_rows(98)
    files = {1: [candidate(1, rows)], 2: [candidate(2, [*rows, rows[0], rows[0]])]}
    results = gate_candidates(settings, contract, files, suites)
    assert check(results[1], "one_row").passed
    assert check(results[2], "one_row").failed == 2
    assert results[2].quarantine[0].rows == (99, 100)


def test_a_tolerated_share_of_wrong_rows_is_judged_delivery_by_delivery(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {**NEGATIVE, "max_share": 0.1})
    one_bad = ("p", "l", "-1", "2026-06-01")
    files = {1: [candidate(1, [*good_rows(9), one_bad])], 2: [candidate(2, [*good_rows(8), one_bad])]}
    results = gate_candidates(settings, contract, files, suites)
    assert check(results[1], "no_negative_minutes").passed
    assert not check(results[2], "no_negative_minutes").passed
    assert all(result.accepted for result in results.values())


def test_text_that_cannot_be_read_as_its_type_is_a_rule_of_its_own(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [*good_rows(2), ("p", "l", CANARY, "2026-13-01"), ("p", "l", "", None)]
    result = gate_candidate(settings, contract, 1, [candidate(1, rows)], tmp_path)
    assert result.accepted
    assert {(c.rule_id, c.failed, c.severity, c.owner) for c in result.checks} == {
        ("minutes_is_readable", 1, "warn", "Förvaltaren"),
        ("day_is_readable", 1, "warn", "Förvaltaren"),
    }
    assert CANARY not in repr(result)


def test_a_value_outside_the_contracts_list_is_told_of_and_taken_in(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], tmp_path: Path
) -> None:
    columns = [*contract.columns]
    columns[1] = columns[1].model_copy(update={"values": ("Anmäld frånvaro", "L'1")})
    listed = contract.model_copy(update={"columns": tuple(columns)})
    known = ["Anmäld frånvaro", " ANMÄLD FRÅNVARO ", "Anma\u0308ld fra\u030anvaro", "l'1", "", None]
    rows = [(f"p{place}", value, "1", "2026-06-01") for place, value in enumerate([*known, CANARY, "Anmäld"])]
    result = gate_candidate(settings, listed, 1, [candidate(1, rows)], tmp_path)
    assert result.accepted and not result.quarantine
    assert [(c.failed, c.severity) for c in result.checks if c.rule_id == "lesson_is_known"] == [(2, "warn")]
    assert CANARY not in repr(result)


def test_an_expectation_of_great_expectations_is_judged_delivery_by_delivery(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    rule = {"expectation": "expect_column_values_to_be_in_set", "kwargs": {"column": "lesson", "value_set": ["l1"]}}
    rows = {"expectation": "ExpectTableRowCountToBeBetween", "kwargs": {"min_value": 3}, "severity": "block"}
    suites = write_suite("raw", "test__lesson", rule, rows)
    files = {1: [candidate(1, good_rows(3))], 2: [candidate(2, [*good_rows(3), ("p", CANARY, "1", None)])]}
    files[3] = [candidate(3, good_rows(2))]
    results = gate_candidates(settings, contract, files, suites)
    assert [(check(results[n], "rule_0").passed, check(results[n], "rule_0").failed) for n in (1, 2)] == [
        (True, 0),
        (False, 1),
    ]
    assert [results[load].accepted for load in (1, 2, 3)] == [True, True, False]
    assert CANARY not in repr(results)


def test_a_full_delivery_with_half_the_rows_of_the_last_one_can_be_refused(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    rule = {"id": "shrunk", "bad_deliveries_where": "rows < 0.5 * previous_rows", "severity": "block"}
    suites = write_suite("raw", "test__lesson", rule)
    ledger = Ledger(settings.lake.ledger)
    for name, size in (("lesson_1.csv", 10), ("lesson_2.csv", 4)):
        ledger.add_delivery(
            system="test",
            dataset="lesson",
            file=name,
            sha256=name,
            size=size,
            received_at=datetime(2026, 6, 1, tzinfo=UTC),
            landed_path=Path(name),
        )
    ledger.accept(1, rows_read=10, rows_kept=10, rows_quarantined=0, raw_version=0)
    files = {2: [candidate(2, good_rows(4))], 3: [candidate(3, good_rows(5))]}
    results = gate_candidates(settings, contract, files, suites)
    assert [results[load].accepted for load in (2, 3)] == [False, True]
    assert "(" not in (results[2].reason_sv or "")


def test_a_delivery_without_rows_meets_the_rules_about_deliveries(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite(
        "raw", "test__lesson", {"id": "has_rows", "bad_deliveries_where": "rows = 0", "severity": "block"}, NEGATIVE
    )
    results = gate_candidates(settings, contract, {1: [candidate(1, [])], 2: []}, suites)
    assert [(result.accepted, result.rule) for result in results.values()] == [(False, "has_rows")] * 2
    assert check(results[1], "no_negative_minutes").passed


def test_a_rule_that_cannot_run_names_file_and_rule_and_keeps_the_engines_words_apart(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    suites = write_suite("raw", "test__lesson", {"id": "strict", "bad_rows_where": "cast(lesson as integer) = 1"})
    path = candidate(1, [("p", CANARY, "1", None)])
    with pytest.raises(DiaError, match=r"strict.*raw/test__lesson\.yml") as caught:
        gate_candidate(settings, contract, 1, [path], suites)
    assert CANARY not in f"{caught.value} {caught.value.message_sv}"
    assert (settings.lake.errors / "gate_raw_test__lesson.txt").is_file()


def test_nothing_to_judge_gives_no_verdict(settings: Settings, contract: DatasetContract) -> None:
    assert gate_candidates(settings, contract, {}) == {}


def test_the_typed_view_has_typed_and_raw_columns_side_by_side(settings: Settings, contract: DatasetContract) -> None:
    with connect(settings) as connection:
        create_candidate_view(connection, contract, [])
        described = connection.execute("describe candidate").fetchall()
    assert [(row[0], row[1]) for row in described[4:8]] == [
        ("minutes", "DOUBLE"),
        ("minutes__text", "VARCHAR"),
        ("day", "DATE"),
        ("day__text", "VARCHAR"),
    ]


def test_a_delivery_without_a_school_unit_that_the_ones_before_had_can_be_refused(
    settings: Settings, contract: DatasetContract, candidate: Callable[..., Path], write_suite: Callable[..., Path]
) -> None:
    """The column that holds the unit is `school_unit_code`, and the dataset is delivered for several units at once."""
    columns = [c.model_copy(update={"name": "school_unit_code"}) if c.name == "pupil" else c for c in contract.columns]
    load = contract.load.model_copy(update={"mode": "period", "scope": ("school_unit_code",)})
    units = contract.model_copy(update={"columns": tuple(columns), "load": load})
    rule = {"id": "whole", "bad_deliveries_where": "units_missing > 0", "severity": "block"}
    suites = write_suite("raw", "test__lesson", rule)
    rows = [(code, "l1", "60", "2026-06-01") for code in ("00000001", "00000002")]
    first, second, third = (
        candidate(number, part, names=("school_unit_code", "lesson", "minutes", "day"))
        for number, part in ((1, rows), (2, rows[:1]), (3, rows))
    )
    delta_table(settings.lake.raw(units), first)
    accept_first(settings)
    results = gate_candidates(settings, units, {2: [second], 3: [third]}, suites)
    assert [results[number].accepted for number in (2, 3)] == [False, True]


def delta_table(path: Path, file: Path) -> None:
    write_deltalake(path, pq.read_table(file))


def accept_first(settings: Settings) -> None:
    ledger = Ledger(settings.lake.ledger)
    ledger.add_delivery(
        system="test",
        dataset="lesson",
        file="lesson_1.csv",
        sha256="a",
        size=1,
        received_at=datetime(2026, 6, 1, tzinfo=UTC),
        landed_path=Path("lesson_1.csv"),
    )
    ledger.accept(1, rows_read=2, rows_kept=2, rows_quarantined=0, raw_version=0)
