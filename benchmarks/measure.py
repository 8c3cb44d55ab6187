"""Measures commands as processes of their own: wall time, processor time and peak memory. Knows nothing of the product.

The measuring process must stay small: Linux counts a parent's memory as its child's for the moment before the child
begins.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What one command took; `peak_mb` is the largest resident size (MiB) of the process or any child of it."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    status: int = 0


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, allowed: Sequence[int] = (0,)
) -> Measured:
    """Run a command of this Python (`-m module …`) and measure it. Raises with the end of its output if it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DIA_", "DAGSTER_"))}
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=PROJECT,
            env={**clean, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, wait_status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = status = os.waitstatus_to_exitcode(wait_status)
        if status not in allowed:
            output.seek(0)
            end = output.read().decode(errors="replace")[-3000:]
            raise RuntimeError(f"{' '.join(command)} ended with status {status}:\n{end}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, status)


def median(runs: Sequence[Measured]) -> Measured:
    """The median of each figure on its own, and the highest peak."""
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
        max(run.peak_mb for run in runs),
        max(run.status for run in runs),
    )
