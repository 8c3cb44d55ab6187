"""Rules and results as Dagster's asset checks. Built when the code location loads, so it imports no gate engine."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.gates.suites import Layer, Rule, Suite, load_suites, raw_suite
from dia_assets.ledger import CheckResult


def suites_of(layer: Layer, contracts: Iterable[DatasetContract] | None = None) -> list[Suite]:
    """The suites of a layer; raw has one per contract, also where no steward has written a rule yet."""
    if layer != "raw":
        return load_suites(layer)
    chosen = load_contracts().values() if contracts is None else contracts
    return [raw_suite(contract) for contract in chosen]


def check_specs(layer: Layer, contracts: Iterable[DatasetContract] | None = None) -> list[dg.AssetCheckSpec]:
    """One asset check per rule. Blocking ones stand at master and marts only: a refused delivery stops nothing else."""
    return [
        dg.AssetCheckSpec(
            name=rule.id,
            asset=asset_key(layer, suite.table),
            description=f"{rule.title_sv}. {rule.why_sv}",
            blocking=layer != "raw" and rule.severity == "block",
            metadata={
                "dimension": rule.dimension,
                "severity": rule.severity,
                "owner": rule.owner,
                "remedy": rule.remedy_sv,
                "rule": _what(rule),
                "rule_uuid": rule.uuid(suite),
            },
        )
        for suite in suites_of(layer, contracts)
        for rule in suite.rules
    ]


def to_asset_check_results(results: Iterable[CheckResult]) -> list[dg.AssetCheckResult]:
    """Results as Dagster shows them (one per rule: sum those of several deliveries first, with `run.summed`)."""
    return [
        dg.AssetCheckResult(
            asset_key=asset_key(result.layer, result.dataset.replace(".", "__", 1)),
            check_name=result.rule_id,
            passed=result.passed,
            severity=dg.AssetCheckSeverity.WARN if result.severity == "warn" else dg.AssetCheckSeverity.ERROR,
            description=result.title_sv,
            metadata={
                "checked": result.checked,
                "failed": result.failed,
                "dimension": result.dimension,
                "severity": result.severity,
                "owner": result.owner,
                "remedy": result.remedy_sv,
            },
        )
        for result in results
    ]


def asset_key(layer: Layer, table: str) -> dg.AssetKey:
    """`[raw, system, dataset]`, `[master, table]` or `[marts, table]`."""
    return dg.AssetKey([layer, *table.split("__", 1)] if layer == "raw" else [layer, table])


def _what(rule: Rule) -> str:
    if rule.expectation:
        return f"{rule.expectation} {rule.kwargs}"
    if rule.unique:
        return f"unique: {', '.join(rule.unique)}"
    return rule.bad_rows_where or rule.bad_deliveries_where or ""
