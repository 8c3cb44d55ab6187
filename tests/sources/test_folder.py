from __future__ import annotations

from pathlib import Path

from dia_assets.contracts import load_contracts
from dia_assets.sources.folder import find_files, unmapped

CONTRACTS = load_contracts()
ATTENDANCE = CONTRACTS["narvaro.lesson_attendance"]


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


def test_files_come_in_natural_order(tmp_path: Path) -> None:
    _touch(tmp_path, *(f"lektionsnarvaro_2026-06_rattelse{n}.csv" for n in (10, 9, 1)))
    assert [path.stem[-2:] for path in find_files(tmp_path, ATTENDANCE)] == ["e1", "e9", "10"]


def test_files_that_are_hidden_or_still_being_written_are_left_alone(tmp_path: Path) -> None:
    _touch(tmp_path, ".lektionsnarvaro_2026-06.csv", "lektionsnarvaro_2026-06.csv.part", "lektionsnarvaro_2026-06.tmp")
    assert find_files(tmp_path, ATTENDANCE) == []
    assert unmapped([tmp_path], CONTRACTS.values()) == []


def test_a_folder_that_does_not_exist_holds_no_files(tmp_path: Path) -> None:
    assert find_files(tmp_path / "none", ATTENDANCE) == []


def test_a_file_that_no_contract_knows_is_listed(tmp_path: Path) -> None:
    _touch(tmp_path, "lektionsnarvaro_2026-06.csv", "persons.json", "okänd.xyz")
    assert [path.name for path in unmapped([tmp_path], CONTRACTS.values())] == ["okänd.xyz"]
