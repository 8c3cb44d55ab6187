"""What is costly in tests: made once for all workers, and without counting lines meanwhile. No fixture is here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from coverage import Coverage
from filelock import FileLock

from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.world import World


@contextmanager
def uncounted() -> Iterator[None]:
    """Coverage rests meanwhile: to count lines makes dbt and Dagster two thirds slower.

    A first night and the tests of each room count what nights do.
    """
    counting = Coverage.current()
    if counting is not None:
        counting.stop()
    try:
        yield
    finally:
        if counting is not None:
            counting.start()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, whichever worker comes first; copy it before you change it."""
    base = factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base  # the workers' common folder
    folder, ready = base / name, base / f"{name}.ready"
    with FileLock(base / f"{name}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            ready.touch()
    return folder


@cache
def enkoping(seed: int = 1) -> World:
    """The people of a municipality of 7 900 pupils, once per process; no test changes them."""
    with uncounted():
        return build_world(PRESETS["enkoping"], seed)
