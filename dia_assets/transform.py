"""dbt, run inside this process: one manifest, one invocation per layer, and errors that quote no values.

Nothing here knows Dagster. An invocation takes about a second once the project is parsed (`parsed_project`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dia_assets import parsed_project
from dia_assets.errors import DiaError
from dia_assets.full_disk import disk_full, says_disk_full
from dia_assets.parsed_project import DBT_PROJECT
from dia_assets.settings import Lake, Settings

Layer = Literal["staging", "reference", "master", "marts"]
SELECTION: dict[Layer, tuple[str, ...]] = {
    "staging": ("path:models/staging",),
    "reference": ("path:seeds",),
    "master": ("path:models/master",),
    "marts": ("path:models/marts",),
}


@dataclass(frozen=True)
class NodeOutcome:
    """What became of one model, seed or test."""

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    failures: int


def manifest(settings: Settings) -> Mapping[str, Any]:
    """The parsed project as dbt's manifest.json says it; parsed anew only when the project has changed."""
    return parsed_project.as_json(settings.lake, lambda: _parse(settings))


def datasets_read(settings: Settings) -> set[str]:
    """The datasets (as `system__dataset`) whose history some model reads: present versions, or all."""
    project = manifest(settings)
    return {
        source["name"]
        for key, source in project["sources"].items()
        if source["source_name"] in ("history", "recorded") and project["child_map"].get(key)
    }


def run_layer(settings: Settings, layer: Layer, models: Sequence[str] = ()) -> list[NodeOutcome]:
    """Build one layer in the working database: its models (or seeds; all, or those named), then their data tests.

    Raises `DiaError` naming the models or tests that failed; what the engine said is kept in the restricted zone.
    """
    command = "run" if layer == "staging" else "seed" if layer == "reference" else "build"
    arguments = [command, "--select", *(models or SELECTION[layer])]
    if command == "build":
        arguments += ["--exclude-resource-type", "unit_test"]
    result = _invoke(settings, arguments)
    outcomes = [_outcome(item) for item in result.result or []]
    close_connections()
    bad = [item for item in outcomes if item.status not in ("success", "pass", "warn")]
    if bad or not result.success:
        raise _failure(settings.lake, layer, bad, _messages(result))
    return outcomes


def load_seeds(settings: Settings) -> None:
    """Make the working database, which must not exist, with the project's seeds and nothing else."""

    def seed() -> Path:
        run_layer(settings, "reference")
        return settings.lake.working_db

    settings.lake.prepare()
    made = parsed_project.seeded(settings.lake, seed)
    if not settings.lake.working_db.exists():
        shutil.copyfile(made, settings.lake.working_db)


def close_connections() -> None:
    """Let go of the working database; a read-only connection is refused while dbt has it open."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def parsed(settings: Settings) -> Any:
    """The parsed project as dbt's runner takes it, once per process and state of its files."""
    return parsed_project.for_dbt(settings.lake, lambda: _parse(settings))


def _invoke(settings: Settings, arguments: list[str]) -> Any:
    """Run dbt in this process with the manifest it already has."""
    from dbt.cli.main import dbtRunner

    known = parsed(settings)
    _tell(settings)
    return _run(dbtRunner(manifest=known), settings.lake, arguments)


def _parse(settings: Settings) -> Any:
    from dbt.cli.main import dbtRunner

    settings.lake.prepare()
    _tell(settings)
    return _run(dbtRunner(), settings.lake, ["parse"]).result


def _tell(settings: Settings) -> None:
    """What the profile asks the environment for."""
    os.environ["DIA_WORKING_DB"] = str(settings.lake.working_db)
    os.environ["DIA_SPILL"] = str(settings.lake.spill)
    os.environ["DIA_MEMORY_LIMIT"] = settings.memory_limit
    os.environ["DIA_DBT_RAW_STORE"] = settings.raw_store.model_dump_json() if settings.raw_store else ""


def quicken() -> None:
    """dbt asks every loaded module whether it called, for a name that is shown nowhere: half a second an invocation."""
    from dbt_common import behavior_flags

    behavior_flags.BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")  # type: ignore[method-assign]


def _run(runner: Any, lake: Lake, arguments: list[str]) -> Any:
    flags = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    flags += ["--target-path", str(lake.dbt_target), "--log-path", str(lake.dbt_target / "logs")]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "error", "--no-send-anonymous-usage-stats"]
    quiet.append("--no-write-json")  # the manifest is written once, when it has been parsed anew
    quicken()
    result = runner.invoke([*quiet, *arguments, *flags])
    if result.exception is not None:
        raise _failure(lake, arguments[0], [], [str(result.exception)])
    return result


def _outcome(item: Any) -> NodeOutcome:
    node = item.node
    return NodeOutcome(
        node.unique_id, node.name, str(node.resource_type), str(item.status), item.execution_time, item.failures or 0
    )


def _messages(result: Any) -> list[str]:
    return [f"{item.node.unique_id}: {item.message}" for item in result.result or [] if item.message]


def _failure(lake: Lake, step: str, bad: Iterable[NodeOutcome], messages: Sequence[str]) -> DiaError:
    """One sentence without values; the engine's own words go to a file that only the pipeline's account can read."""
    if any(says_disk_full(message) for message in messages):
        return disk_full(lake)
    lake.errors.mkdir(parents=True, exist_ok=True)
    file: Path = lake.errors / f"dbt-{step}.txt"
    file.write_text("\n\n".join(messages), encoding="utf-8")
    named = ", ".join(f"{item.kind} {item.name} ({item.failures} rows)" for item in bad) or "dbt itself"
    where = file.relative_to(lake.root)
    said = f"dbt failed in {step}: {named}. What the engine said is in {where} (restricted: it may quote values)."
    return DiaError(said)
