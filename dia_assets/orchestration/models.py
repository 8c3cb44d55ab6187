"""Steps from raw to marts: vault, staging, history, reference and master, marts; one dbt invocation per layer.

A night on which no input has changed starts neither dbt nor a gate: the steps say so and pass on what is accepted.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import duckdb

from dia_assets import clock, delta, transform, workbench
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.engine import connect
from dia_assets.history import protection, tables
from dia_assets.history import write as history
from dia_assets.identity import decisions, moved, store, vault
from dia_assets.identity.views import create_raw_views
from dia_assets.orchestration.lakehouse import Lakehouse, guarded
from dia_assets.orchestration.lineage import OWNER, VAULT_KEY, dataset_key, dataset_spec, dbt_specs

DECISIONS_SV = "Beslut om personer gäller bara personer som finns i valvet."
DUPLICATES_SV = "Ingen möjlig dubblett väntar på beslut (dia identity candidates)."
ROW_COUNTS = "accepted_row_counts"
Steps = Iterator[dg.MaterializeResult[Any]]


def vault_asset(contracts: Sequence[DatasetContract]) -> dg.AssetsDefinition:
    """Identifiers of persons → random person keys, and who is protected."""
    named = [c for c in contracts if c.person_identifiers or c.related_identifiers]

    @dg.asset(
        key=VAULT_KEY,
        deps=[dataset_key("raw", contract) for contract in named],
        group_name="vault",
        kinds={"deltalake", "python"},
        owners=[OWNER],
        tags={"sensitivity": "protected"},
        check_specs=[
            dg.AssetCheckSpec("decisions_name_known_persons", asset=VAULT_KEY, description=DECISIONS_SV),
            dg.AssetCheckSpec("possible_duplicates_are_decided", asset=VAULT_KEY, description=DUPLICATES_SV),
        ],
        description="Identitetsvalvet: varje identitetsbeteckning mot en slumpad person_key, och vem som har skyddade "
        "personuppgifter. Det enda stället där de möts; läses bara av flödet självt.",
    )
    @guarded
    def person(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        report = vault.resolve(
            lakehouse.settings, lakehouse.lake, lakehouse.ledger, lakehouse.contracts.values(), lakehouse.moment
        )
        context.log.info(
            f"{report.persons} persons, {report.new_persons} new; {report.new_identifiers} new identifiers,"
            f" {report.unresolved_identifiers} that stand for nobody on their own"
        )
        version = f"{store.stamp(lakehouse.lake)}.{decisions.fingerprint(lakehouse.lake)}"
        yield dg.MaterializeResult(
            metadata={**report.counts},
            check_results=[
                _told("decisions_name_known_persons", report.unknown_decided),
                _told("possible_duplicates_are_decided", report.candidates),
            ],
            data_version=dg.DataVersion(version),
        )

    return person


def _told(name: str, count: int) -> dg.AssetCheckResult:
    """A warning with a count; the vault never stops a night because a steward has something to do."""
    return dg.AssetCheckResult(
        check_name=name, passed=count == 0, severity=dg.AssetCheckSeverity.WARN, metadata={"count": count}
    )


def staging_asset(manifest: Mapping[str, Any], contracts: Sequence[DatasetContract]) -> dg.AssetsDefinition:
    """Staging views over raw, in tonight's working copy."""
    names = {contract.staging_model for contract in contracts}
    specs = [spec for spec in dbt_specs(manifest, "staging") if spec.key.path[-1] in names]

    @dg.multi_asset(name="staging", specs=[spec.merge_attributes(deps=[VAULT_KEY]) for spec in specs])
    @guarded
    def staging(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        contracts = list(lakehouse.contracts.values())
        if workbench.is_unchanged(lakehouse.settings, lakehouse.ledger, contracts):
            context.log.info("No input has changed since the last accepted run: nothing to build.")
            workbench.discard(lakehouse.settings)
        else:
            open_staging(lakehouse)
        yield from _results(context, lakehouse, "staging", {})

    return staging


def open_staging(lakehouse: Lakehouse) -> None:
    """Begin a working copy: raw as views, staging as views over them, seeds when it is empty."""
    contracts = _contracts_built(lakehouse)
    is_empty = workbench.begin(lakehouse.settings, lakehouse.ledger, list(lakehouse.contracts.values()))
    if is_empty:
        transform.load_seeds(lakehouse.settings)
    with connect(lakehouse.settings, lakehouse.lake.working_db) as connection:
        create_raw_views(connection, lakehouse.lake, contracts)
        _set_clock(connection, lakehouse)
    transform.run_layer(lakehouse.settings, "staging", models=[contract.staging_model for contract in contracts])


def _contracts_built(lakehouse: Lakehouse) -> list[DatasetContract]:
    """The connected datasets, and those not connected that a model reads if they are: to it they are empty."""
    connected = lakehouse.contracts
    read = transform.datasets_read(lakehouse.settings)
    return [c for key, c in load_contracts().items() if key in connected or c.slug in read]


def _set_clock(connection: duckdb.DuckDBPyConnection, lakehouse: Lakehouse) -> None:
    connection.execute("create schema if not exists reference")
    connection.execute(
        "create or replace table reference.run_clock as select ?::date as today, ?::timestamptz as now_utc,"
        " ?::varchar as run_id",
        [clock.today(lakehouse.settings), lakehouse.moment, "nightly"],
    )


def history_asset(contracts: Sequence[DatasetContract]) -> dg.AssetsDefinition:
    """Append to each dataset's history what its new deliveries say anew."""
    text = "Det varaktiga, pseudonymiserade minnet: varje uppgift, och när kommunen fick veta den."
    specs = [
        dataset_spec(
            "history",
            contract,
            kinds={"deltalake", "duckdb"},
            deps=[dg.AssetKey(["staging", contract.system, contract.staging_model])],
            text=text,
        )
        for contract in contracts
    ]

    @dg.multi_asset(name="history", specs=specs)
    @guarded
    def history_tables(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        written: dict[str, history.HistoryReport] = {}
        if workbench.exists(lakehouse.settings):
            if _move_protected(lakehouse):
                context.log.info("Rows changed zone; master and marts are built anew from history.")
                workbench.forget(lakehouse.settings)
                open_staging(lakehouse)
            written = _write_history(context, lakehouse)
        for contract in contracts:
            report = written.get(contract.key)
            yield dg.MaterializeResult(
                asset_key=dataset_key("history", contract),
                metadata={
                    "loads": report.loads if report else 0,
                    "rows_added": report.added if report else 0,
                    "rows_repeated_in_delivery": report.repeated if report else 0,
                    "delta_version": delta.version(lakehouse.lake.history(contract)),
                },
                data_version=dg.DataVersion(str(delta.version(lakehouse.lake.history(contract)))),
            )

    return history_tables


def _move_protected(lakehouse: Lakehouse) -> bool:
    """Put rows where their persons' protection says; looked for only when the vault has changed since the last time."""
    stamp = f"{store.stamp(lakehouse.lake)}.{decisions.fingerprint(lakehouse.lake)}"
    for contract in lakehouse.contracts.values():
        protection.finish_rewrite(lakehouse.lake.history(contract))
        protection.finish_rewrite(lakehouse.lake.held(contract))
    if lakehouse.ledger.fact("moved_at_vault") == stamp:
        return False
    moved = False
    with connect(lakehouse.settings, lakehouse.lake.working_db) as connection:
        for contract in lakehouse.contracts.values():
            wanted = tables.layout(connection, contract)
            moved |= protection.move_rows(connection, lakehouse.lake, contract, wanted).any
    if not moved:
        lakehouse.ledger.remember(moved_at_vault=stamp)
    return moved


def _write_history(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> dict[str, history.HistoryReport]:
    reports = {}
    layouts = {}
    with connect(lakehouse.settings, lakehouse.lake.working_db) as connection:
        built = _contracts_built(lakehouse)
        for contract in built:
            layouts[contract.key] = tables.layout(connection, contract)
        for contract in lakehouse.contracts.values():
            report = history.append_new(connection, lakehouse.lake, lakehouse.ledger, contract, layouts[contract.key])
            reports[contract.key] = report
            if report.loads:
                context.log.info(f"{contract.key}: {report.loads} deliveries, {report.added} rows added")
        moved.open_current_keys(connection, lakehouse.lake)
        tables.create_history_views(connection, lakehouse.lake, built, layouts)
    return reports


def layer_asset(
    manifest: Mapping[str, Any], layer: transform.Layer, contracts: Sequence[DatasetContract]
) -> dg.AssetsDefinition:
    """One dbt layer (master or marts) as one step; each model is an asset of its own."""
    specs = dbt_specs(manifest, layer)
    if layer == "master":
        specs += dbt_specs(manifest, "reference")
    connected = {dataset_key("history", contract) for contract in contracts}
    specs = [
        spec.replace_attributes(
            deps=[d for d in spec.deps if d.asset_key.path[0] != "history" or d.asset_key in connected]
        )
        for spec in specs
    ]

    @dg.multi_asset(name=layer, specs=specs)
    @guarded
    def models(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        outcomes: dict[str, transform.NodeOutcome] = {}
        if workbench.exists(lakehouse.settings):
            outcomes = {item.name: item for item in transform.run_layer(lakehouse.settings, layer)}
            tests = [item for item in outcomes.values() if item.kind == "test"]
            context.log.info(f"{len(outcomes) - len(tests)} models built, {len(tests)} tests passed")
        for group in ("reference", layer) if layer == "master" else (layer,):
            yield from _results(context, lakehouse, group, outcomes)

    return models


def _results(
    context: dg.AssetExecutionContext, lakehouse: Lakehouse, layer: str, outcomes: Mapping[str, transform.NodeOutcome]
) -> Steps:
    """A materialization per asset of a layer, with row counts where there are tables."""
    counts = _row_counts(lakehouse, layer)
    version = workbench.inputs(lakehouse.settings, lakehouse.contracts.values()).all[:16]
    for key in _in_order(context.assets_def, layer):
        name = key.path[-1]
        metadata: dict[str, Any] = {"built": workbench.exists(lakehouse.settings)}
        if name in counts:
            metadata["dagster/row_count"] = counts[name]
        if name in outcomes:
            metadata["seconds"] = round(outcomes[name].seconds, 3)
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, data_version=dg.DataVersion(version))


def _in_order(assets: dg.AssetsDefinition, layer: str) -> list[dg.AssetKey]:
    """A layer's assets, each after those it is made from, as Dagster wants them told."""
    own = {spec.key: {dep.asset_key for dep in spec.deps} for spec in assets.specs if spec.key.path[0] == layer}
    graph = {key: {dep for dep in deps if dep in own} for key, deps in own.items()}
    return list(TopologicalSorter(graph).static_order())


def _row_counts(lakehouse: Lakehouse, layer: str) -> dict[str, int]:
    if not workbench.exists(lakehouse.settings):
        kept: dict[str, int] = json.loads(lakehouse.ledger.fact(f"{ROW_COUNTS}:{layer}") or "{}")
        return kept
    with connect(lakehouse.settings, lakehouse.lake.working_db, read_only=True) as connection:
        rows = connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = ?", [layer]
        ).fetchall()
    counts = {name: int(size) for name, size in rows}
    lakehouse.ledger.remember(**{f"{ROW_COUNTS}:{layer}": json.dumps(counts)})
    return counts
