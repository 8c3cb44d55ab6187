"""A run's progress on the terminal: one line per step with what it did, how many rows and how long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

ROW_FIELDS = ("rows_kept", "rows_added", "dagster/row_count", "rows")
_sinks: list[Callable[[str], None]] = []


@contextmanager
def printing_to(echo: Callable[[str], None]) -> Iterator[None]:
    """Print the progress of runs in this process for the time of a `with` block."""
    _sinks.append(echo)
    try:
        yield
    finally:
        _sinks.remove(echo)


class _Progress(logging.Handler):
    """Turns Dagster's events into lines; messages of steps (counts, never values) come through as they are."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)  # Dagster tells of steps at this level
        self.rows: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if not _sinks:
            return
        meta = getattr(record, "dagster_meta", None) or {}
        event: dg.DagsterEvent | None = meta.get("dagster_event") if isinstance(meta, dict) else None
        if event is None:
            return
        step = event.step_key or ""
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            metadata = event.step_materialization_data.materialization.metadata
            found = next((metadata[name].value for name in ROW_FIELDS if name in metadata), 0)
            self.rows[step] = self.rows.get(step, 0) + int(str(found or 0))
        elif event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            rows = f"{self.rows.pop(step, 0):,}".replace(",", "\u00a0")
            _print(f"  {step:<48} {rows:>12} rader  {seconds:7.1f} s")
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            _print(f"  {step:<48} MISSLYCKADES")
        elif event.event_type == dg.DagsterEventType.STEP_SKIPPED:
            _print(f"  {step:<48} hoppades över")


def _print(line: str) -> None:
    for sink in _sinks:
        sink(line)


def _progress(init_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("dia.progress", logging.DEBUG)
    logger.addHandler(_Progress())
    return logger


progress_logger = dg.LoggerDefinition(
    _progress, description="The console logger of every job here: one line per step in `dia nightly`, silent elsewhere."
)
