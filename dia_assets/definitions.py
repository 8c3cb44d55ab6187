"""The code location: `build_defs()` makes every asset, check, job, schedule and sensor. Dagster loads `defs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from dia_assets.orchestration import gates, ingest, jobs, models, publication
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.orchestration.progress import progress_logger
from dia_assets.settings import load_settings
from dia_assets.sources.connected import connected
from dia_assets.transform import manifest


def build_defs(resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """A fresh set of definitions; tests and the command line override resources here."""
    settings = load_settings()
    contracts = list(connected(settings).values())
    project = manifest(settings)
    return dg.Definitions(
        assets=[
            *ingest.landing_assets(contracts, settings),
            *ingest.raw_assets(contracts),
            models.vault_asset(contracts),
            models.staging_asset(project, contracts),
            models.history_asset(contracts),
            models.layer_asset(project, "master", contracts),
            models.layer_asset(project, "marts", contracts),
            publication.accepted_asset(project),
            publication.serving_asset(),
        ],
        asset_checks=[gates.table_gate("master"), gates.table_gate("marts")],
        jobs=[jobs.nightly_job()],
        schedules=[jobs.nightly_schedule()],
        sensors=[jobs.drop_folder_sensor(contracts)],
        resources={"lakehouse": Lakehouse(), **(resource_overrides or {})},
        executor=jobs.EXECUTOR,
        loggers={"console": progress_logger},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` points at."""
    return build_defs()
