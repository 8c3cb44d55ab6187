"""Small candidates, suites and tables for the gates' tests. Every value that breaks a rule carries the canary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dia_assets.contracts import DatasetContract
from dia_assets.settings import Settings

CANARY = "Kanariefågel"
TEXTS = {
    "dimension": "riktighet",
    "owner": "Skoladministratören",
    "title_sv": "T",
    "why_sv": "V",
    "remedy_sv": "Rätta.",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path / "data")
    made.lake.prepare()
    return made


@pytest.fixture
def contract() -> DatasetContract:
    def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "description": name,
            "source": name.title(),
            "type": kind,
            "classification": "none",
            **more,
        }

    return DatasetContract(
        system="test",
        name="lesson",
        label_sv="Lektioner",
        system_label_sv="Testsystemet",
        vendor="v",
        owner="Ägaren",
        steward="Förvaltaren",
        contact="a@kommun.example",
        access={},
        description="d",
        description_sv="d",
        files=r"lesson_(?P<day>\d+)\.csv",
        format={"kind": "delimited", "decimal": ","},
        load={"mode": "full", "key": ["pupil", "lesson"]},
        expected={"every_days": 1},
        klassa={"confidentiality": 1, "integrity": 1, "availability": 1, "traceability": 1},
        legal_basis="l",
        purpose="p",
        retention={},
        columns=[
            column("pupil", "text"),
            column("lesson", "text"),
            column("minutes", "decimal", decimal_mark=","),
            column("day", "date"),
        ],
    )


@pytest.fixture
def candidate(tmp_path: Path) -> Callable[..., Path]:
    """Write rows `(pupil, lesson, minutes, day)` as the candidate of a load."""

    def write(
        load: int,
        rows: Sequence[tuple[str | None, ...]],
        names: Sequence[str] = ("pupil", "lesson", "minutes", "day"),
    ) -> Path:
        columns: dict[str, Any] = {
            name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)
        }
        columns["_file"] = pa.array(["lesson.csv"] * len(rows), pa.string())
        columns["_row"] = pa.array(range(1, len(rows) + 1), pa.int64())
        columns["_load"] = pa.array([load] * len(rows), pa.int64())
        path = tmp_path / f"part-{load}.parquet"
        pq.write_table(pa.table(columns), path)
        return path

    return write


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite file from short rules; answers with the folder of suites."""

    def write(layer: str, table: str, *rules: dict[str, Any]) -> Path:
        path = tmp_path / "expectations" / layer / f"{table}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = [{**TEXTS, "id": f"rule_{place}", "severity": "warn", **rule} for place, rule in enumerate(rules)]
        path.write_text(yaml.safe_dump({"rules": whole}, allow_unicode=True), encoding="utf-8")
        return tmp_path / "expectations"

    return write


def good_rows(count: int) -> list[tuple[str | None, ...]]:
    return [(f"p{number}", "l1", "60,0", "2026-06-01") for number in range(count)]
