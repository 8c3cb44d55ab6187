"""The resource that every step works with: settings, paths, ledger and contracts, under the data root's one lock."""

from __future__ import annotations

import functools
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import dagster as dg
from pydantic import Field, PrivateAttr

from dia_assets import clock, lock
from dia_assets.contracts import DatasetContract
from dia_assets.errors import DiaError, TransientError
from dia_assets.full_disk import disk_full, is_disk_full
from dia_assets.ledger import Ledger
from dia_assets.serving.access import AUDIENCE, withdraw
from dia_assets.settings import Lake, Settings, load_settings
from dia_assets.sources.connected import check_sources, connected

P = ParamSpec("P")
R = TypeVar("R")
RETRY_SECONDS = 30


class Lakehouse(dg.ConfigurableResource[Any]):
    """The lakehouse of one data root. `environment` overrides `DIA_…` variables, as tests do."""

    environment: dict[str, str] = Field(default_factory=dict)
    _settings: Settings | None = PrivateAttr(default=None)
    _moment: datetime | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Lakehouse]:
        """Hold the data root's lock for the run, which begins by taking back what analysts may no longer have.

        It ends by deleting logs of runs that are older than the setting says.
        """
        settings = self.settings
        check_sources(settings)
        settings.lake.prepare()
        with lock.hold(settings.lake.lock, settings.lock_wait_seconds):
            rows = settings.lake.serving(AUDIENCE)
            withdraw(rows, settings.lake.analyst_secrets, settings.analysts, clock.today(settings))
            yield self
            if context.instance is not None:
                forget_old_runs(context.instance, settings)

    @property
    def settings(self) -> Settings:
        """The settings, read once."""
        if self._settings is None:
            self._settings = load_settings({**os.environ, **self.environment})
        return self._settings

    @property
    def lake(self) -> Lake:
        """The data root's paths."""
        return self.settings.lake

    @property
    def ledger(self) -> Ledger:
        """The ledger of deliveries, runs and checks."""
        return Ledger(self.lake.ledger)

    @property
    def contracts(self) -> Mapping[str, DatasetContract]:
        """The part of the data inventory that is connected here."""
        return connected(self.settings)

    @property
    def moment(self) -> datetime:
        """The run's time (UTC), the same in every step."""
        if self._moment is None:
            self._moment = clock.now(self.settings)
        return self._moment


def forget_old_runs(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Keep run logs no longer than the setting says (by the real clock: Dagster stamps with it)."""
    before = clock.real_now() - timedelta(days=settings.run_log_days)
    for record in instance.get_run_records(dg.RunsFilter(created_before=before)):
        instance.delete_run(record.dagster_run.run_id)


def guarded(step: Callable[P, R]) -> Callable[P, R]:
    """Let no engine message out of a step: it may quote cells. The original stays in the restricted zone.

    A `TransientError` asks Dagster to try again, three times, `RETRY_SECONDS` apart; all else is permanent. A `Failure`
    is told of as its cause, since that is what Dagster passes on when the tries are used up.
    """

    @functools.wraps(step)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        lakehouse = next(value for value in [*args, *kwargs.values()] if isinstance(value, Lakehouse))
        try:
            yield from step(*args, **kwargs)  # type: ignore[misc]
        except (dg.Failure, dg.RetryRequested):
            raise
        except TransientError as error:
            raise dg.RetryRequested(max_retries=3, seconds_to_wait=RETRY_SECONDS) from dg.Failure(error.message_sv)
        except DiaError as error:
            raise dg.Failure(description=error.message_sv, allow_retries=False) from None
        except Exception as error:
            raise dg.Failure(
                description=kept_apart(error, step.__name__, lakehouse.lake), allow_retries=False
            ) from None

    return wrapper


def kept_apart(error: Exception, step: str, lake: Lake) -> str:
    """A sentence about an unforeseen error; what it says itself goes to a file in the restricted zone, if it can."""
    if is_disk_full(error):
        return disk_full(lake).message_sv
    said = f"Steget {step} misslyckades ({type(error).__name__}). Det som publicerats tidigare ligger kvar."
    file = lake.errors / f"{step}.txt"
    try:
        lake.errors.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError as unwritten:
        why = disk_full(lake).message_sv if is_disk_full(unwritten) else f"Filen {file.name} gick inte att skriva."
        return f"{said} Det tekniska felet kunde inte sparas. {why}"
    where = file.relative_to(lake.root)
    return f"{said} Det tekniska felet står i {where} (skyddat: det kan innehålla uppgifter)."
