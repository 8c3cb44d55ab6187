"""Let the night break anywhere, again and again, then run it: everything is as if nothing had happened."""

from __future__ import annotations

import errno
import signal
from pathlib import Path

import pytest

from dia_assets.landing import zone
from dia_assets.nightly import Exit, Night

from .killed import POINTS
from .nights import fingerprint, killed_nights, night


def test_nights_that_break_one_after_the_other_leave_nothing_behind(
    prepared: Path, first_night: tuple[Path, Night, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        _a_full_disk_is_said(prepared, patched)
    assert killed_nights(prepared, POINTS) == dict.fromkeys(POINTS, -signal.SIGKILL)
    ended, printed = night(prepared)
    assert int(ended.exit) == 0, printed
    assert fingerprint(prepared) == fingerprint(first_night[0])
    left = [path for path in (prepared / "restricted" / "work").iterdir() if path.suffix in (".duckdb", ".wal")]
    assert left == []


def _a_full_disk_is_said(root: Path, patched: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    patched.setattr(zone, "_stream", full)
    ended, printed = night(root)
    assert ended.exit is Exit.BROKEN
    assert "är full" in printed and "Ingenting har gått förlorat" in printed
