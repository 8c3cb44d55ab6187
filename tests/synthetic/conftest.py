"""Two municipalities made once for all tests of the generator; tests that change one make their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dia_assets.synthetic import generate


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny") / "out"
    generate("tiny", out, seed=7)
    return out


@pytest.fixture(scope="session")
def tiny_truth(tiny: Path) -> dict[str, Any]:
    return json.loads((tiny / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture
def one_unit(tmp_path: Path) -> Path:
    out = tmp_path / "one_unit"
    generate("one_unit", out, seed=3)
    return out
