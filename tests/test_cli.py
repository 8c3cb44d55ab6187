"""The command line says what it did, and what is wrong in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dia_assets.cli import main
from dia_assets.settings import Lake


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIA_DATA", str(tmp_path))
    Lake(tmp_path).prepare()
    return tmp_path


def dia(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_municipality_is_made_and_gets_a_next_day(root: Path) -> None:
    made = dia("generate", "--preset", "one_unit", "--seed", "3", "--out", str(root / "made"))
    assert made.exit_code == 0, made.output
    assert "2026-06-04" in made.output
    assert "2026-06-05" in dia("generate", "--next-day", "--out", str(root / "made")).output


def test_the_faults_that_can_be_planted_are_listed(root: Path) -> None:
    assert "renamed_column" in dia("generate", "--faults", "list").output


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (["generate", "--preset", "atlantis"], 2, "atlantis is no preset"),
        (["generate", "--faults", "plague"], 2, "plague"),
        (["generate", "--next-day"], 1, "no made-up municipality"),
    ],
)
def test_a_wrong_request_is_answered_with_a_sentence(root: Path, arguments: list[str], status: int, named: str) -> None:
    answer = dia(*arguments)
    assert answer.exit_code == status
    assert named in answer.output


def test_status_lists_every_dataset_before_anything_has_come(root: Path) -> None:
    shown = dia("status").output
    assert "Lektionsnärvaro" in shown and "Ingenting är publicerat ännu." in shown


def test_maintenance_has_nothing_to_do_in_an_empty_data_root(root: Path) -> None:
    assert dia("maintain").exit_code == 0
