"""Kill the night anywhere, again and again, then run it: everything is as if nothing had happened."""

from __future__ import annotations

import signal
from pathlib import Path

from dia_assets.nightly import Night

from .killed import POINTS
from .nights import fingerprint, killed_nights, night


def test_nights_that_are_killed_one_after_the_other_leave_nothing_behind(
    prepared: Path, first_night: tuple[Path, Night, str]
) -> None:
    assert killed_nights(prepared, POINTS) == dict.fromkeys(POINTS, -signal.SIGKILL)
    ended, printed = night(prepared)
    assert int(ended.exit) == 0, printed
    assert fingerprint(prepared) == fingerprint(first_night[0])
    left = [path for path in (prepared / "restricted" / "work").iterdir() if path.suffix in (".duckdb", ".wal")]
    assert left == []
