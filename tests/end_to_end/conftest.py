"""One complete night of the smallest municipality, shared by the tests; a test that changes it takes a copy."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dia_assets.nightly import Night
from dia_assets.synthetic import generate, next_day
from tests.costly import made_once

from .nights import ENVIRONMENT, REFUSED, copy_root, counted_night, night


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Night, str]:
    """A data root after its first night, how the night ended and what it printed."""

    def make(folder: Path) -> None:
        (folder / "told").write_bytes(pickle.dumps(counted_night(folder / "data")))

    folder = made_once(tmp_path_factory, "first_night", make)
    ended, printed = pickle.loads((folder / "told").read_bytes())
    return folder / "data", ended, printed


@pytest.fixture(scope="session")
def next_night(
    first_night: tuple[Path, Night, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Night, str]:
    """The data root after the next day, with a late mark among its deliveries, and the night after it."""

    def make(folder: Path) -> None:
        root = copy_root(first_night[0], folder / "data")
        next_day(root / "synthetic")
        (folder / "told").write_bytes(pickle.dumps(night(root)))

    folder = made_once(tmp_path_factory, "next_night", make)
    ended, printed = pickle.loads((folder / "told").read_bytes())
    return folder / "data", ended, printed


@pytest.fixture(scope="session")
def night_of_faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Night, str]:
    """A night of several school units in which every kind of broken file arrives at once."""

    def make(folder: Path) -> None:
        generate("tiny", folder / "data" / "synthetic", 1, sorted(REFUSED))
        (folder / "told").write_bytes(pickle.dumps(night(folder / "data", **ENVIRONMENT)))

    folder = made_once(tmp_path_factory, "night_of_faults", make)
    ended, printed = pickle.loads((folder / "told").read_bytes())
    return folder / "data", ended, printed


@pytest.fixture
def copied(first_night: tuple[Path, Night, str], tmp_path: Path) -> Path:
    """A copy of that data root, free to be changed."""
    return copy_root(first_night[0], tmp_path / "data")


@pytest.fixture
def prepared(first_night: tuple[Path, Night, str], tmp_path: Path) -> Path:
    """A data root with extracts and a parsed dbt project, in which no night has run."""
    root = tmp_path / "data"
    copy_root(first_night[0] / "synthetic", root / "synthetic")
    copy_root(first_night[0] / "restricted" / "work" / "dbt_target", root / "restricted" / "work" / "dbt_target")
    return root
