"""One lock on the data root for every run, however it is started: schedule, sensor, button or command line."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dia_assets.errors import Busy

_held: dict[Path, int] = {}


@contextmanager
def hold(path: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock for the time of a `with` block; a process that has it may take it again.

    Raises `Busy` with a sentence when another process has it for longer than `wait_seconds`. The operating system
    releases it when the process ends, however it ends.
    """
    path = path.absolute()
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        _acquire(file.fileno(), path, wait_seconds)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _held[path] = 1
        try:
            yield
        finally:
            del _held[path]


def _acquire(descriptor: int, path: Path, wait_seconds: float) -> None:
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= give_up:
                holder = path.read_text(encoding="utf-8").strip() or "unknown"
                raise Busy(
                    f"Another run (process {holder}) is working on this data root; nothing was done. Try again later.",
                    f"En annan körning (process {holder}) pågår i samma datakatalog. Inget har gjorts; försök senare.",
                ) from None
            time.sleep(0.2)
