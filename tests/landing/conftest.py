"""Fixtures of the landing tests; what they are made of is in `support`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dia_assets.ledger import Ledger
from dia_assets.settings import Settings

from .support import HEADER, MOMENT, Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    settings = Settings(data=tmp_path / "data", now=MOMENT)
    settings.lake.prepare()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Landing(settings, settings.lake, Ledger(settings.lake.ledger), inbox)


@pytest.fixture
def lessons_file() -> Callable[..., str]:
    """Text of a lessons file with the given data lines."""

    def text(*lines: str) -> str:
        return "".join(f"{line}\n" for line in (HEADER, *lines))

    return text
