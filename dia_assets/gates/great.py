"""The only module that imports Great Expectations: its context, our two expectations, one validation of one table.

Counts come out, values never: our expectations compute aggregates only, and for others no example is asked for.
docs/decisions/gates.md says what was measured. Import it inside functions only (seconds).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import duckdb_engine
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine import sqlalchemy_execution_engine
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.conditions import Column as ConditionColumn  # type: ignore[attr-defined]
from great_expectations.expectations.expectation import BatchExpectation, Expectation
from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from dia_assets.errors import DiaError
from dia_assets.gates.suites import Rule, Suite

# Counts and no examples: `partial_unexpected_count` 0 makes every query for examples return no row.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
Counts = dict[int | None, int]


class _Dialect(StrEnum):
    DUCKDB = "duckdb"


def keep_one_connection_to_duckdb() -> None:
    """Make Great Expectations 1.24.1 keep its DuckDB connection open while it reads results.

    Without this the cursor is reset before its rows are fetched. The list is private; tests/gates/test_great.py
    pins it.
    """
    known = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    if _Dialect.DUCKDB not in known:
        sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = (*known, _Dialect.DUCKDB)  # type: ignore[assignment]


@cache
def context() -> Any:
    """The process's one context: nothing kept, nothing sent, no progress bars, no engine messages in logs."""
    keep_one_connection_to_duckdb()
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False)
    return made


def _rows(engine: SqlAlchemyExecutionEngine, domain: dict[str, Any]) -> Any:
    records = engine.get_domain_records(domain_kwargs=domain)
    return records.subquery() if isinstance(records, sa.Select) else records


class RowsWhere(TableMetricProvider):
    """Rows for which a predicate holds, by group. An aggregate, so that all rules of a suite share one scan."""

    metric_name = "table.rows_where"
    value_keys = ("bad_rows_where", "per")

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        per, where = metric_value_kwargs["per"], metric_value_kwargs["bad_rows_where"]
        counted = f"histogram({per})" if per else "count(*)"
        return sa.literal_column(f"{counted} filter (where {where})"), metric_domain_kwargs, {}


class SurplusRows(TableMetricProvider):
    """Rows beyond the first of each key, by group. Grouped by a 64-bit hash of the key, in about half the time."""

    metric_name = "table.surplus_rows"
    value_keys = ("columns", "per")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Any:
        rows = _rows(execution_engine, metric_domain_kwargs)
        per: Any = sa.literal_column(metric_value_kwargs["per"] or "null").label("part")
        key = sa.func.hash(*(sa.column(name) for name in metric_value_kwargs["columns"]))
        keys = sa.select(per, sa.func.count().label("n")).select_from(rows).group_by(per, key)
        counted = keys.having(sa.func.count() > 1).subquery()
        surplus = sa.select(counted.c.part, sa.func.sum(counted.c.n - 1)).group_by(counted.c.part)
        counts = {part: int(n) for part, n in execution_engine.execute_query(surplus).fetchall()}
        return counts if metric_value_kwargs["per"] else sum(counts.values())


class RowsPer(TableMetricProvider):
    """All rows, by group."""

    metric_name = "table.rows_per"
    value_keys = ("per",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Any:
        rows = _rows(execution_engine, metric_domain_kwargs)
        per: Any = sa.literal_column(metric_value_kwargs["per"] or "null").label("part")
        query = sa.select(per, sa.func.count()).select_from(rows).group_by(per)
        return {part: int(n) for part, n in execution_engine.execute_query(query).fetchall()}


class _CountedExpectation(BatchExpectation):
    """Passes when in every group the share of wrong rows is within `max_share`; tells both counts of each group."""

    per: str | None = None
    max_share: float = 0
    counted: ClassVar[str]
    domain_keys = ("batch_id",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found, rows = metrics[self.counted], metrics["table.rows_per"]
        by_load = found.items() if self.per and found else []
        failed: Counts = {int(part): count for part, count in by_load} if self.per else {None: found}
        success = all(count <= self.max_share * rows.get(part, 0) for part, count in failed.items())
        return {"success": success, "result": {"failed": list(failed.items()), "checked": list(rows.items())}}


class ExpectNoRowsWhere(_CountedExpectation):
    """Expect that a predicate, which describes a wrong row, holds for no row."""

    bad_rows_where: str
    counted = "table.rows_where"
    metric_dependencies = ("table.rows_where", "table.rows_per")
    success_keys = ("bad_rows_where", "per", "max_share")


class ExpectRowsToBeUniqueBy(_CountedExpectation):
    """Expect that some columns together identify a row."""

    columns: tuple[str, ...]
    counted = "table.surplus_rows"
    metric_dependencies = ("table.surplus_rows", "table.rows_per")
    success_keys = ("columns", "per", "max_share")


@dataclass(frozen=True)
class Outcome:
    """How one rule went: per group (a delivery's load, or None for the whole table) how many were wrong, of how many.

    `passed` is the verdict on each group.
    """

    rule: Rule
    failed: Counts
    checked: Counts
    passed: dict[int | None, bool]


class RuleCannotRun(DiaError):
    """A rule that the engine cannot evaluate. `original` (restricted: may quote cells) is the engine's own text."""

    def __init__(self, suite: Suite, rule_id: str, original: str) -> None:
        super().__init__(
            f"Rule {rule_id} in expectations/{suite.name} cannot be evaluated: check its columns and its SQL.",
            f"Regeln {rule_id} i expectations/{suite.name} går inte att köra: kontrollera kolumnnamn och villkor.",
        )
        self.original = original


def validate(
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    rules: Sequence[Rule],
    table: str,
    *,
    schema: str | None = None,
    loads: Sequence[int] | None = None,
) -> list[Outcome]:
    """Run rules on one table of an open DuckDB connection, in one validation; per delivery when `loads` is given.

    Raises `RuleCannotRun`.
    """
    per = "_load" if loads is not None and len(loads) > 1 else None  # counting one group by group costs for nothing
    expected = {
        rule.uuid(suite, load): (rule, load, _expectation(suite, rule, load, per))
        for rule in rules
        for load in _parts(loads if per and rule.expectation else None)
    }
    if not expected:
        return []
    made = gx.ExpectationSuite(
        name=f"{suite.layer}.{suite.table}", expectations=[expectation for _, _, expectation in expected.values()]
    )
    for expectation, own_id in zip(made.expectations, expected, strict=True):
        expectation.id = own_id
    report = _report(connection, made, table, schema)
    outcomes: dict[str, Outcome] = {}
    for item in report.results:
        rule, load, _ = expected[item.expectation_config.id]
        if _raised(item.exception_info):
            raise _culprit(connection, suite, rules, table, schema, loads) or RuleCannotRun(
                suite, rule.id, str(item.exception_info)
            )
        outcome = outcomes.setdefault(rule.id, Outcome(rule, {}, {}, {}))
        _fill(outcome, item, load, loads if per else None)
    if loads is not None and not per:
        return [_of_load(outcomes[rule.id], *loads) for rule in rules]
    return [outcomes[rule.id] for rule in rules]


def _report(connection: duckdb.DuckDBPyConnection, suite: Any, table: str, schema: str | None) -> Any:
    """One validation over connections of its own, all closed afterwards: an open one would keep the file occupied."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def connect() -> Any:
        opened.append(connection.cursor())
        if schema:  # and not as the asset's schema_name, which some of the engine's own queries leave out
            opened[-1].execute(f'set search_path = "{schema}"')
        return duckdb_engine.ConnectionWrapper(opened[-1])

    try:
        batch = _whole_table(table, connect).get_batch()
        return batch.validate(suite, result_format=RESULT_FORMAT)
    finally:
        for cursor in opened:
            cursor.close()


def _whole_table(table: str, connect: Callable[[], Any]) -> Any:
    """The batch definition of a table, made once per name: each change to a context is written out in full (25 ms).

    Another way to connect makes the next batch get an engine, and with it connections, of its own.
    """
    sources, kwargs = context().data_sources, {"creator": connect, "pool_reset_on_return": None}
    if table in sources.all():
        source = sources.get(table)
        source.kwargs = kwargs
        return source.assets[0].batch_definitions[0]
    source = sources.add_sql(name=table, connection_string="duckdb:///:memory:", create_temp_table=False, kwargs=kwargs)
    return source.add_table_asset(name=table, table_name=table).add_batch_definition_whole_table("whole")


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    suite: Suite,
    rules: Sequence[Rule],
    table: str,
    schema: str | None,
    loads: Sequence[int] | None,
) -> RuleCannotRun | None:
    """The rule that cannot run: it takes the others of its validation with it, so each is tried alone."""
    for rule in rules if len(rules) > 1 else ():
        try:
            validate(connection, suite, [rule], table, schema=schema, loads=loads)
        except RuleCannotRun as error:
            return error
    return None


def _raised(info: Mapping[str, Any]) -> bool:
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(isinstance(part, Mapping) and part.get("raised_exception") for part in info.values())


def _fill(outcome: Outcome, item: Any, load: int | None, loads: Sequence[int] | None) -> None:
    """Put one result of Great Expectations into the rule's outcome."""
    result = item.result
    if not outcome.rule.expectation:
        outcome.failed.update(result["failed"])
        outcome.checked.update(result["checked"])
        for part in _parts(loads):
            share = outcome.rule.max_share * outcome.checked.get(part, 0)
            outcome.passed[part] = outcome.failed.get(part, 0) <= share
        return
    counted = "unexpected_count" in result
    observed = result.get("observed_value") if "unexpected_rows" in str(item.expectation_config.type) else None
    outcome.failed[load] = int(result["unexpected_count"] if counted else observed or not item.success)
    outcome.checked[load] = int(result["element_count"]) if counted else 1
    outcome.passed[load] = bool(item.success)


def _parts(loads: Sequence[int] | None) -> Sequence[int | None]:
    """The groups that are judged each for itself: the deliveries, or the whole table."""
    return [None] if loads is None else loads


def _of_load(outcome: Outcome, load: int) -> Outcome:
    """The outcome on a whole table that holds a single delivery."""
    whole = (outcome.failed, outcome.checked, outcome.passed)
    failed, checked, passed = ({load: part[None]} if None in part else {} for part in whole)
    return Outcome(outcome.rule, failed, checked, passed)  # type: ignore[arg-type]


def _expectation(suite: Suite, rule: Rule, load: int | None, per: str | None) -> Expectation:
    common: dict[str, Any] = {}
    where = rule.bad_rows_where or rule.bad_deliveries_where
    if where:
        return ExpectNoRowsWhere(bad_rows_where=where, per=per, max_share=rule.max_share, **common)
    if rule.unique:
        return ExpectRowsToBeUniqueBy(columns=rule.unique, per=per, max_share=rule.max_share, **common)
    if load is not None:
        common["row_condition"] = ConditionColumn("_load") == load
    name = "".join(part[:1].upper() + part[1:] for part in str(rule.expectation).split("_"))
    kind = getattr(gx.expectations, name, None)
    if kind is None:
        raise DiaError(
            f"Rule {rule.id} in expectations/{suite.name}: Great Expectations knows no `{rule.expectation}`.",
            f"Regeln {rule.id} i expectations/{suite.name}: Great Expectations har ingen `{rule.expectation}`.",
        )
    try:
        made: Expectation = kind(**rule.kwargs, **common)
    except (ValueError, TypeError) as error:
        raise DiaError(f"Rule {rule.id} in expectations/{suite.name}: kwargs do not fit ({error}).") from None
    return made
