"""The files that the readers are measured with are read whole by both: nothing is set aside unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import readers
from benchmarks.report import readers_section

ROWS = {"scb": 300, "excel": 120}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return readers.make_files(tmp_path_factory.mktemp("readers"), ROWS)


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_both_read_every_row(files: dict[str, Path], kind: str, tmp_path: Path) -> None:
    assert readers.bare(kind, files[kind]) >= ROWS[kind]
    assert readers.read(kind, files[kind], tmp_path)[1] == ROWS[kind]


def test_the_page_tells_rows_per_second_and_the_ratio() -> None:
    item = {"kind": "excel", "what": "reader", "rows": 6000, "seconds": 2.0, "ratio_to_bare": 3.0, "peak_mb": 200.0}
    assert "| 6,000 | 2.00 | 3,000 | 3.00 | 200 |" in readers_section([item]).markdown()
