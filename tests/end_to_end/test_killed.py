"""Kill the night anywhere, run it again: everything is as if nothing had happened."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from dia_assets.nightly import Night

from .killed import POINTS
from .nights import fingerprint, night, night_in_a_process


@pytest.mark.parametrize("point", POINTS)
def test_a_night_that_is_killed_can_be_run_again(
    point: str, prepared: Path, first_night: tuple[Path, Night, str]
) -> None:
    killed = night_in_a_process(prepared, point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    ended, printed = night(prepared)
    assert int(ended.exit) == 0, printed
    assert fingerprint(prepared) == fingerprint(first_night[0])
    left = [path for path in (prepared / "restricted" / "work").iterdir() if path.suffix in (".duckdb", ".wal")]
    assert left == []
