"""The gate of master and marts: every suite of the layer on the working database, opened read-only.

Whoever calls has closed all other connections to the file in this process (dbt keeps one).
"""

from __future__ import annotations

from pathlib import Path

from dia_assets.engine import connect
from dia_assets.errors import DiaError
from dia_assets.gates.run import run_suite
from dia_assets.gates.suites import EXPECTATIONS, Layer, load_suites
from dia_assets.ledger import CheckResult
from dia_assets.settings import Settings


def gate_tables(
    settings: Settings, database: Path, layer: Layer, expectations: Path = EXPECTATIONS
) -> list[CheckResult]:
    """The results of a layer's suites, tables in the schema named as the layer. Raises `DiaError` if one cannot run."""
    suites = load_suites(layer, expectations)
    results: list[CheckResult] = []
    with connect(settings, database, read_only=True) as connection:
        found = connection.execute("select table_name from information_schema.tables where table_schema = ?", [layer])
        tables = {name for (name,) in found.fetchall()}
        for suite in suites:
            if suite.table not in tables:
                raise DiaError(
                    f"expectations/{suite.name} has rules for a table that {layer} does not have.",
                    f"Regelfilen expectations/{suite.name} gäller en tabell som inte finns i {layer}.",
                )
            results += run_suite(connection, suite, lake=settings.lake, schema=layer)
    return results


def stops(results: list[CheckResult]) -> list[CheckResult]:
    """The results that stop the layer: broken rules of severity `block`."""
    return [result for result in results if result.severity == "block" and not result.passed]
