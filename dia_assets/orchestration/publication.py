"""The last two steps: the working copy becomes the accepted database, and what it allows is published."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import dagster as dg

from dia_assets import workbench
from dia_assets.orchestration.lakehouse import Lakehouse, guarded
from dia_assets.orchestration.lineage import OWNER, PSEUDONYMISED, dbt_specs
from dia_assets.serving.publish import Run, publish
from dia_assets.serving.tables import AUDIENCES, PUBLIC, UNIT

ACCEPTED_KEY = dg.AssetKey(["internal", "lakehouse"])
Steps = Iterator[dg.MaterializeResult[Any]]


def accepted_asset(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The database that has passed every gate; master and marts for the pipeline's own use."""

    @dg.asset(
        key=ACCEPTED_KEY,
        deps=[spec.key for layer in ("reference", "master", "marts") for spec in dbt_specs(manifest, layer)],
        group_name="internal",
        kinds={"duckdb"},
        owners=[OWNER],
        tags={"sensitivity": PSEUDONYMISED},
        description="Databasen som passerat alla grindar. Pseudonymiserad: ännu personuppgifter.",
    )
    @guarded
    def accepted(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        if workbench.exists(lakehouse.settings):
            workbench.accept(lakehouse.settings, lakehouse.ledger, lakehouse.contracts.values())
        else:
            context.log.info("Nothing new: the database accepted before stands.")
        yield dg.MaterializeResult(
            metadata={"bytes": lakehouse.lake.accepted_db.stat().st_size},
            data_version=dg.DataVersion((lakehouse.ledger.fact(workbench.ACCEPTED) or "")[:16]),
        )

    return accepted


def serving_asset() -> dg.AssetsDefinition:
    """One publication per audience: DuckDB, Parquet and Swedish pages, switched in one step."""
    specs = [
        dg.AssetSpec(
            key=["serving", audience],
            deps=[ACCEPTED_KEY],
            group_name="serving",
            kinds={"duckdb", "parquet", "html"},
            owners=[OWNER],
            tags={"sensitivity": "open" if audience == PUBLIC else "internal"},
            description=f"Publicering för målgruppen {audience}: aggregat efter röjandekontroll, ingen rad per person. "
            "Öppna serving/<målgrupp>/current/index.html.",
        )
        for audience in AUDIENCES
    ]
    specs.append(
        dg.AssetSpec(
            key=["serving", UNIT],
            deps=[ACCEPTED_KEY],
            group_name="serving",
            kinds={"parquet", "html", "csv"},
            owners=[OWNER],
            tags={"sensitivity": "personal"},
            description="En publicering per skolenhet för dess rektor: egna siffror också om små grupper, bredvid "
            "kommunens öppna. Öppna serving/unit/<skolenhetskod>/current/index.html.",
        )
    )

    @dg.multi_asset(name="serving", specs=specs)
    @guarded
    def serving(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        run = Run(context.run.run_id, lakehouse.moment, version("dia-lakehouse"))
        made = publish(
            lakehouse.settings, lakehouse.lake, lakehouse.lake.accepted_db, run, lakehouse.contracts, lakehouse.ledger
        )
        for publication in made:
            for decision in publication.held:
                context.log.info(f"held: {decision.family} {decision.period}, {decision.changed} cells changed")
            yield dg.MaterializeResult(
                asset_key=["serving", publication.audience],
                metadata={
                    "publication": publication.publication_id,
                    "rows": sum(publication.rows.values()),
                    "blocks_released": len(publication.released),
                    "blocks_held": len(publication.held),
                    "files_unchanged": len(publication.unchanged_files),
                },
                data_version=dg.DataVersion(publication.publication_id),
            )

    return serving
