"""One nightly run from the command line: the same Dagster job on the same instance as the schedule, with its progress,
a summary that a person can read, and an exit status computed from checks and freshness (never from the run's status).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import dagster as dg

from dia_assets import clock, lock
from dia_assets.contracts import load_contracts
from dia_assets.identity import store
from dia_assets.ledger import Ledger
from dia_assets.orchestration.ingest import source_folders
from dia_assets.orchestration.jobs import NIGHTLY
from dia_assets.orchestration.progress import printing_to
from dia_assets.report import NightReport, night_report, summary_sv
from dia_assets.settings import PROJECT, Lake, Settings
from dia_assets.sources.connected import check_sources
from dia_assets.sources.folder import unmapped
from dia_assets.sources.remote_files import remote_unknown

Echo = Callable[[str], None]


class Exit(IntEnum):
    """The exit status of `dia nightly`."""

    PUBLISHED = 0
    BROKEN = 1
    WRONG_SETTING = 2
    STALE_OR_REFUSED = 3
    BUSY = 4


@dataclass(frozen=True)
class Night:
    """How a night ended."""

    exit: Exit
    report: NightReport
    run_id: str


def run_nightly(settings: Settings, echo: Echo = print) -> Night:
    """Run the job `nightly` once.

    Raises `Busy` when another run has the data root, `SettingsError` when a source cannot be what is meant, when others
    can read the vault or its key is not the right one.
    """
    began = time.monotonic()
    check_sources(settings)
    lake = settings.lake
    lake.prepare()
    with lock.hold(lake.lock, settings.lock_wait_seconds):
        store.check(lake)
        _generate_if_nothing_is_configured(settings, echo)
        with dagster_instance(lake) as instance:
            from dia_assets.definitions import build_defs

            ledger = Ledger(lake.ledger)
            job = build_defs().resolve_job_def(NIGHTLY)
            moment = clock.now(settings)
            decided_before = {item.load for item in ledger.deliveries() if item.status != "landed"}
            with printing_to(echo):
                result = job.execute_in_process(
                    instance=instance, raise_on_error=False, tags={"dia/started_by": "command line"}
                )
            ledger.start_run(result.run_id, moment)
            missed = [
                node.name
                for node in job.nodes
                if not any(event.is_step_success and event.step_key == node.name for event in result.all_events)
            ]
            report = night_report(
                settings,
                ledger,
                result.run_id,
                moment,
                decided_before=decided_before,
                missed_steps=missed,
                failures=_failures(result),
                unknown_files=_unknown_files(settings, ledger),
            )
            status = _exit(report)
            ledger.finish_run(result.run_id, clock.now(settings), status.name.lower(), "")
    echo(summary_sv(settings, report, int(status), time.monotonic() - began))
    return Night(status, report, result.run_id)


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What the failed steps said; their texts are safe to show."""
    events = [event for event in result.all_events if event.is_step_failure]
    told = [event.step_failure_data.user_failure_data for event in events]
    texts = [data.description for data in told if data is not None and data.description]
    return list({re.sub(r"\d+", "", text): text for text in texts}.values())  # one cause, one message


def _unknown_files(settings: Settings, ledger: Ledger) -> list[str]:
    """Files that lie where files are looked for, but that no contract knows: `system/name`."""
    contracts = load_contracts()
    systems = {contract.system for contract in contracts.values()}
    systems |= {path.name for path in settings.lake.drop.iterdir() if path.is_dir()}
    found = []
    for system in sorted(systems):
        own = [contract for contract in contracts.values() if contract.system == system]
        folders = [folder for folder, _ in source_folders(settings, system)]
        names = [path.name for path in unmapped(folders, own)] + remote_unknown(ledger, settings, system)
        found += [f"{system}/{name}" for name in names]
    return found


def _exit(report: NightReport) -> Exit:
    if report.broken:
        return Exit.BROKEN
    if report.late or report.refused or report.blocking or report.stale_parts or report.silent or report.empty:
        return Exit.STALE_OR_REFUSED
    return Exit.PUBLISHED


@contextmanager
def dagster_instance(lake: Lake) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a data root, the one that `dia ui` shows."""
    with dg.DagsterInstance.from_config(str(dagster_home(lake))) as instance:
        yield instance


def dagster_home(lake: Lake) -> Path:
    """DAGSTER_HOME of a data root, with the project's `dagster.yaml` in it."""
    lake.dagster.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", lake.dagster / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(lake.dagster)
    return lake.dagster


def _generate_if_nothing_is_configured(settings: Settings, echo: Echo) -> None:
    """A fresh installation shows itself on a made-up municipality; what a killed run left of one is made anew."""
    lake = settings.lake
    has_files = any(path.is_file() for path in lake.drop.rglob("*"))
    made = lake.synthetic / "municipality.json"  # looked at without importing the generator: it takes time
    if made.is_file() and not settings.sources:
        _tell_of_another(settings, json.loads(made.read_text(encoding="utf-8")), echo)
    if settings.sources or has_files or made.is_file() or Ledger(lake.ledger).deliveries():
        return
    from dia_assets.synthetic import generate

    echo(f"Ingen källa är angiven: skapar den påhittade kommunen ({settings.preset}, frö {settings.seed}) …")
    generate(settings.preset, lake.synthetic, settings.seed)


def _tell_of_another(settings: Settings, made: Mapping[str, Any], echo: Echo) -> None:
    """Say that the municipality that is there is not the one that a setting asks for."""
    asked = {name: getattr(settings, name) for name in ("preset", "seed") if name in settings.model_fields_set}
    if any(made.get(name) != value for name, value in asked.items()):
        echo(
            f"I datakatalogen finns redan den påhittade kommunen {made.get('name')} ({made.get('preset')}, frö "
            f"{made.get('seed')}): den används. Välj en ny datakatalog (DIA_DATA) för att få en annan."
        )
