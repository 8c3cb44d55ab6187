from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.errors import DiaError
from dia_assets.gates.suites import LAYERS, load_suites, raw_suite, read_suite

from .conftest import TEXTS

GOOD = {"id": "a_rule", "bad_rows_where": "minutes < 0"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimension": "tillit"}, r"raw/t\.yml\): rule a_rule: `dimension`: Input should be 'riktighet'"),
        ({"severity": "stop"}, "`severity`: Input should be 'block', 'quarantine' or 'warn'"),
        ({"titel_sv": "x"}, "`titel_sv` is no key of a rule; the keys are id, bad_rows_where"),
        ({"owner": ""}, "`owner`"),
        ({"max_share": 2}, "`max_share`: Input should be less than or equal to 1"),
        ({"id": "A rule"}, "`id`: String should match pattern"),
        ({"unique": ["a"]}, "exactly one of bad_rows_where, unique"),
        ({"bad_rows_where": None}, "exactly one of .*; here: none"),
        ({"kwargs": {"column": "a"}}, "kwargs belong to `expectation`"),
        ({"severity": "quarantine", "max_share": 0.1}, "severity quarantine needs"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_rule_key_and_what_is_allowed(
    write_suite: Callable[..., Path], change: dict[str, Any], message: str
) -> None:
    folder = write_suite("raw", "t", {**GOOD, **change})
    with pytest.raises(DiaError, match=message):
        load_suites("raw", folder)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.yml"
    path.write_text("rules:\n  - {id: r, bad_rows_where: 'a < 0', severity: warn, dimension: riktighet}\n")
    with pytest.raises(DiaError, match="`owner` is missing; `title_sv` is missing"):
        read_suite(path, "raw")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules:\n  - id: [", "no valid YAML at line"),
        ("rule: []", "the key `rules`"),
        ("rules:\n  - words", "rule 1 must be a list"),
    ],
)
def test_a_file_that_is_no_suite_is_refused_legibly(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.yml"
    path.write_text(text)
    with pytest.raises(DiaError, match=message):
        read_suite(path, "raw")


def test_an_id_may_be_used_once(write_suite: Callable[..., Path]) -> None:
    with pytest.raises(DiaError, match="the id is used twice"):
        load_suites("raw", write_suite("raw", "t", GOOD, GOOD))


@pytest.mark.parametrize("rule", [{**GOOD, "severity": "quarantine"}, {"bad_deliveries_where": "rows = 0"}])
def test_what_only_deliveries_can_have_is_refused_for_tables(
    write_suite: Callable[..., Path], rule: dict[str, Any]
) -> None:
    with pytest.raises(DiaError, match="for raw only"):
        load_suites("master", write_suite("master", "t", rule))


def test_a_suite_keeps_its_fingerprint_until_a_rule_changes(write_suite: Callable[..., Path]) -> None:
    first = load_suites("marts", write_suite("marts", "t", GOOD))[0].fingerprint
    path = write_suite("marts", "t", GOOD) / "marts" / "t.yml"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_suite(path, "marts").fingerprint == first
    assert load_suites("marts", write_suite("marts", "t", {**GOOD, "max_share": 0.5}))[0].fingerprint != first


def test_a_rules_uuid_is_the_same_in_every_run_and_its_own(write_suite: Callable[..., Path]) -> None:
    suite = load_suites("marts", write_suite("marts", "t", GOOD, {**GOOD, "id": "another"}))[0]
    first, second = suite.rules
    assert first.uuid(suite) == "0452b3c3-62bc-56d4-bba1-9935a938ceb3"
    assert len({first.uuid(suite), first.uuid(suite, 1), second.uuid(suite)}) == 3


def test_every_suite_of_the_project_is_valid() -> None:
    assert all(load_suites(layer) for layer in LAYERS)


def test_every_dataset_that_is_not_optional_has_a_suite_and_every_suite_of_raw_a_dataset() -> None:
    suites, contracts = {suite.table for suite in load_suites("raw")}, load_contracts().values()
    assert {contract.slug for contract in contracts if not contract.optional} <= suites
    assert suites <= {contract.slug for contract in contracts}


def test_every_suite_of_master_and_marts_has_a_model() -> None:
    models = Path(__file__).parents[2] / "dbt_project" / "models"
    known = {layer: {path.stem for path in (models / layer).rglob("*.sql")} for layer in ("master", "marts")}
    missing = {s.name for layer in ("master", "marts") for s in load_suites(layer) if s.table not in known[layer]}  # type: ignore[arg-type]
    assert not missing


def test_a_dataset_without_a_suite_still_has_the_rules_of_its_contract(
    contract: DatasetContract, tmp_path: Path
) -> None:
    assert [rule.id for rule in raw_suite(contract, tmp_path).rules] == ["minutes_is_readable", "day_is_readable"]
    assert TEXTS["owner"] not in {rule.owner for rule in raw_suite(contract, tmp_path).rules}


def test_no_rule_of_the_project_stands_twice_for_a_dataset() -> None:
    for contract in load_contracts().values():
        ids = [rule.id for rule in raw_suite(contract).rules]
        assert len(ids) == len(set(ids)), contract.key
