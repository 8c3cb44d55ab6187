from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", memory_limit="1GB", threads=2)
