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


HOLD = """
import sys
from pathlib import Path
from dia_assets import lock
with lock.hold(Path(sys.argv[1])):
    print('held', flush=True)
    sys.stdin.read()
"""


def test_a_run_that_may_wait_gets_the_lock_when_the_other_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    waits: list[float] = []
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"

        def while_we_wait(seconds: float) -> None:
            waits.append(seconds)
            other.communicate()  # closes what the other run reads: it ends

        monkeypatch.setattr(lock.time, "sleep", while_we_wait)
        with pytest.raises(Busy), lock.hold(path, wait_seconds=0):
            pass
        assert waits == []
        with lock.hold(path, wait_seconds=3600):
            assert len(waits) == 1 and other.returncode == 0
