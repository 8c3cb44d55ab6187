"""docs/add-a-dataset.md, done as written in a copy of the project: a block of YAML, a command, a file, a night."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dia_assets import delta
from dia_assets.ledger import Ledger
from dia_assets.settings import PROJECT, Settings
from tests.docs.reading import blocks, page, prose

PAGE = page("docs/add-a-dataset.md")
NOT_COPIED = ("__pycache__", "target", "logs")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the page has been followed, its night included."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("dia_assets", "dbt_project", "expectations"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns(*NOT_COPIED))
    shutil.copy(PROJECT / "dagster.yaml", copy)
    system = named(r"- name: (\w+)")
    folder = copy / "dbt_project" / "models" / "staging" / system
    folder.mkdir()
    (folder / f"_{system}__sources.yml").write_text(blocks(PAGE, "yaml")[0], encoding="utf-8")
    command = next(code for code in re.findall(r"`([^`]+)`", prose(PAGE)) if code.startswith("dia dataset staging"))
    written = dia(copy, *command.split()[1:])
    assert written.returncode == 0, written.stderr
    drop = copy / "data" / "drop" / system
    drop.mkdir(parents=True)
    (drop / named(r"for instance `([^`]+)`")).write_text(blocks(PAGE, "csv")[0], encoding="utf-8")
    night = dia(copy, "nightly")
    (copy / "night.txt").write_text(night.stdout + night.stderr, encoding="utf-8")
    return copy


def named(pattern: str) -> str:
    found = re.search(pattern, PAGE)
    assert found, pattern
    return found.group(1)


def dia(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DIA_", "DAGSTER_"))}
    environment = {**clean, "PYTHONPATH": str(copy), "DIA_DATA": str(copy / "data"), "DIA_NOW": "2026-06-04T02:00:00Z"}
    command = [sys.executable, "-m", "dia_assets.cli", *arguments]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_night_tells_what_was_taken_in_and_what_was_set_aside(project: Path) -> None:
    told = (project / "night.txt").read_text(encoding="utf-8")
    assert re.search(r"Svar i trygghetsmätningen +1 filer +2 rader", told), told
    assert re.search(r"Svar i trygghetsmätningen +1 rader i karantän", told), told
    [delivery] = Ledger(Settings(data=project / "data").lake.ledger).deliveries("trygghet.answer")
    assert (delivery.status, delivery.rows_read, delivery.rows_kept, delivery.rows_quarantined) == ("accepted", 3, 2, 1)


def test_the_records_are_where_the_page_says(project: Path) -> None:
    place = next(code for code in re.findall(r"`([^`]+)`", prose(PAGE)) if "internal/history" in code)
    rows = duckdb.execute(
        f"select round, respondent_id, question_id, answer_value from {delta.view_sql(project / place)} order by all"
    ).fetchall()
    assert rows == [(2026, "1", "Studiero", 5.0), (2026, "1", "Trygghet", 7.5)]


def test_status_and_dagster_know_the_dataset(project: Path) -> None:
    status = dia(project, "status").stdout
    assert "Svar i trygghetsmätningen" in status
    details = dia(project, "status", "trygghet.answer").stdout
    [delivery] = Ledger(Settings(data=project / "data").lake.ledger).deliveries("trygghet.answer")
    said = ("trygghet_2026.csv", delivery.sha256, "3 in, 2 kvar, 1 i karantän", "answer_value: 1", "0 d, aktuell")
    assert [part for part in said if part not in details] == []
    keys = (
        "from dia_assets.definitions import build_defs;"
        "print(*['/'.join(key.path) for key in build_defs().resolve_asset_graph().get_all_asset_keys()])"
    )
    environment = {**os.environ, "PYTHONPATH": str(project), "DIA_DATA": str(project / "data")}
    found = subprocess.run(
        [sys.executable, "-c", keys], cwd=project, env=environment, capture_output=True, text=True, check=True
    )
    assert {"landing/trygghet/answer", "raw/trygghet/answer", "history/trygghet/answer"} <= set(found.stdout.split())


def test_no_python_was_written(project: Path) -> None:
    def modules(root: Path) -> set[str]:
        return {str(path.relative_to(root)) for path in (root / "dia_assets").rglob("*.py")}

    assert modules(project) == modules(PROJECT)
    assert "needs no Python" in PAGE
