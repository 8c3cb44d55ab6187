"""One lock on the data root, for every run however started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dia_assets import lock
from dia_assets.errors import Busy

TRY = """
import sys
from pathlib import Path
from dia_assets import lock
with lock.hold(Path(sys.argv[1])):
    print('got it')
"""


def attempt(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True, text=True, check=False)


def test_another_process_is_kept_out_until_the_lock_is_let_go(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "lock"):
        assert "Another run" in attempt(tmp_path / "lock").stderr
    assert "got it" in attempt(tmp_path / "lock").stdout


def test_the_process_that_has_it_may_take_it_again(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "lock"):
        with lock.hold(tmp_path / "lock"):
            pass
        assert attempt(tmp_path / "lock").returncode != 0


def test_a_run_that_is_kept_out_is_told_in_swedish_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(lock.fcntl, "flock", taken)
    with pytest.raises(Busy) as error, lock.hold(tmp_path / "lock"):
        pass
    assert "En annan körning" in error.value.message_sv
