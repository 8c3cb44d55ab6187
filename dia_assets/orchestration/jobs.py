"""Jobs, the nightly schedule and the sensor on the drop folder. Everything runs in one process: steps are small."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from dia_assets.contracts import DatasetContract
from dia_assets.settings import load_settings

NIGHTLY = "nightly"
# One step in process costs 0.05 s, one in a process of its own 1.7 s (docs/decisions/orchestration.md).
EXECUTOR = dg.in_process_executor


def nightly_job() -> Any:
    """Everything, from the drop folder to the last page."""
    return dg.define_asset_job(
        NIGHTLY,
        selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
        executor_def=EXECUTOR,
        config={"loggers": {"console": {}}},
        description="Nattkörningen: hämtar, kontrollerar, bygger och publicerar allt som är nytt.",
        tags={"dia/run": NIGHTLY},
    )


def nightly_schedule() -> dg.ScheduleDefinition:
    """02:00 every night, Swedish time; switched off until somebody switches it on."""
    return dg.ScheduleDefinition(
        name="nightly_schedule",
        job_name=NIGHTLY,
        cron_schedule="0 2 * * *",
        execution_timezone="Europe/Stockholm",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Varje natt kl. 02.00 svensk tid.",
    )


def drop_folder_sensor(contracts: Sequence[DatasetContract]) -> dg.SensorDefinition:
    """Start the nightly job when known files lie in the drop folder and none has been added since the last look."""

    @dg.sensor(
        name="drop_folder_sensor",
        job_name=NIGHTLY,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Startar en körning när nya filer ligger i inkorgen (data/drop/<system>/).",
    )
    def drop_folder(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        found = waiting_files(contracts)
        if not found:
            yield dg.SkipReason("The drop folder holds no file that a contract knows.")
        elif context.cursor != found:
            context.update_cursor(found)
            yield dg.SkipReason("Files are arriving; looking again to see whether they are complete.")
        else:
            yield dg.RunRequest(run_key=found)

    return drop_folder


def waiting_files(contracts: Sequence[DatasetContract]) -> str:
    """The known files in the drop folder with size and time, as one text; empty when there is none."""
    drop = load_settings().lake.drop
    files = [
        f"{path.relative_to(drop)}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
        for contract in contracts
        for path in sorted((drop / contract.system).glob("*"))
        if contract.matches(path.name)
    ]
    return "\n".join(sorted(set(files)))
