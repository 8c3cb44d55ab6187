"""Runs one suite on one table and tells the results as counts. What follows from them is decided by the two gates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from dia_assets.gates.suites import Suite
from dia_assets.ledger import CheckResult

if TYPE_CHECKING:
    from dia_assets.settings import Lake

CANDIDATE, DELIVERIES = "candidate", "deliveries"


def run_suite(
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    *,
    lake: Lake,
    table: str | None = None,
    schema: str | None = None,
    loads: Sequence[int] | None = None,
) -> list[CheckResult]:
    """Run a suite on a table (its own name by default): one result per rule, or per rule and delivery with `loads`.

    With `loads` the table has a column `_load`, and rules about deliveries read the table `deliveries` beside it.
    An engine's message may quote cells: it goes to the restricted zone, and `RuleCannotRun` names file and rule.
    """
    from dia_assets.gates import great

    rows = [rule for rule in suite.rules if not rule.bad_deliveries_where]
    deliveries = [rule for rule in suite.rules if rule.bad_deliveries_where]
    try:
        outcomes = great.validate(connection, suite, rows, table or suite.table, schema=schema, loads=loads)
        outcomes += great.validate(connection, suite, deliveries, DELIVERIES, loads=loads)
    except great.RuleCannotRun as error:
        lake.errors.mkdir(parents=True, exist_ok=True)
        (lake.errors / f"gate_{suite.layer}_{suite.table}.txt").write_text(error.original, encoding="utf-8")
        raise
    order = {rule.id: place for place, rule in enumerate(suite.rules)}
    outcomes.sort(key=lambda outcome: order[outcome.rule.id])
    return [
        CheckResult(
            rule_id=outcome.rule.id,
            layer=suite.layer,
            dataset=suite.table.replace("__", ".", 1) if suite.layer == "raw" else suite.table,
            dimension=outcome.rule.dimension,
            severity=outcome.rule.severity,
            passed=passed,
            checked=outcome.checked.get(load, 0),
            failed=outcome.failed.get(load, 0),
            title_sv=outcome.rule.title_sv,
            remedy_sv=outcome.rule.remedy_sv,
            owner=outcome.rule.owner,
            load=load,
        )
        for outcome in outcomes
        for load, passed in sorted(outcome.passed.items(), key=lambda item: item[0] or 0)
    ]


def summed(results: Iterable[CheckResult]) -> list[CheckResult]:
    """One result per layer, table and rule: counts added over deliveries, passed when it passed for each of them."""
    sums: dict[tuple[str, str, str], CheckResult] = {}
    for result in results:
        where = (result.layer, result.dataset, result.rule_id)
        before = sums.get(where)
        sums[where] = (
            result
            if before is None
            else replace(
                before,
                passed=before.passed and result.passed,
                checked=before.checked + result.checked,
                failed=before.failed + result.failed,
                load=before.load if before.load == result.load else None,
            )
        )
    return list(sums.values())
