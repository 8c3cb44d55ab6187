from __future__ import annotations

import subprocess
import sys

import dagster as dg

from dia_assets.contracts import load_contracts
from dia_assets.gates.checks import check_specs, suites_of, to_asset_check_results
from dia_assets.gates.run import summed
from dia_assets.ledger import CheckResult


def result(**changes: object) -> CheckResult:
    values: dict[str, object] = {
        "rule_id": "r",
        "layer": "raw",
        "dataset": "scb.grade_year6",
        "dimension": "riktighet",
        "severity": "warn",
        "passed": True,
        "checked": 10,
        "failed": 0,
        "title_sv": "T",
        "remedy_sv": "R",
        "owner": "O",
        "load": 1,
    }
    return CheckResult(**{**values, **changes})  # type: ignore[arg-type]


def test_every_rule_is_an_asset_check_and_only_those_of_master_and_marts_block() -> None:
    raw = check_specs("raw")
    assert len(raw) == sum(len(suite.rules) for suite in suites_of("raw"))
    assert not any(spec.blocking for spec in raw)
    marts = check_specs("marts")
    assert {spec.blocking for spec in marts} == {True, False}
    assert all(spec.blocking == (spec.metadata["severity"] == "block") for spec in marts)


def test_the_checks_of_one_dataset_stand_on_its_raw_asset() -> None:
    contract = load_contracts()["narvaro.lesson_attendance"]
    keys = {spec.asset_key for spec in check_specs("raw", [contract])}
    assert keys == {dg.AssetKey(["raw", "narvaro", "lesson_attendance"])}


def test_a_result_tells_dagster_severity_counts_owner_and_remedy() -> None:
    (warned, blocked) = to_asset_check_results(
        [result(failed=2, passed=False), result(layer="marts", dataset="fct_grade", severity="block")]
    )
    assert warned.asset_key == dg.AssetKey(["raw", "scb", "grade_year6"])
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert {name: value.value for name, value in warned.metadata.items()} == {
        "checked": 10,
        "failed": 2,
        "dimension": "riktighet",
        "severity": "warn",
        "owner": "O",
        "remedy": "R",
    }
    assert (blocked.asset_key, blocked.severity) == (
        dg.AssetKey(["marts", "fct_grade"]),
        dg.AssetCheckSeverity.ERROR,
    )


def test_results_of_several_deliveries_are_summed_and_pass_only_together() -> None:
    (total,) = summed([result(), result(load=2, failed=3, passed=False), result(load=3)])
    assert (total.checked, total.failed, total.passed, total.load) == (30, 3, False, None)


def test_the_code_location_does_not_import_great_expectations() -> None:
    program = (
        "import sys; from dia_assets.gates import checks, raw_gate, table_gate; "
        "checks.check_specs('raw'); sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
