"""The parsed dbt project is kept for every data root, and never outlives the files that it was parsed from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dia_assets import parsed_project
from dia_assets.settings import Lake, Settings


class Parsed(SimpleNamespace):
    """Stands for dbt's manifest: what is kept of it is its name."""

    def to_msgpack(self) -> bytes:
        return self.name.encode()

    def write(self, file: str) -> None:
        Path(file).write_text(f'{{"name": "{self.name}"}}', encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one model, and what is kept of it in a folder of the test."""
    folder = tmp_path / "dbt_project"
    folder.mkdir()
    (folder / "one.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.setattr(parsed_project, "DBT_PROJECT", folder)
    monkeypatch.setattr(parsed_project, "KEPT", folder / "target" / "parsed")
    monkeypatch.setattr(parsed_project, "_in_process", {})
    return folder


def lake(folder: Path) -> Lake:
    return Settings(data=folder).lake


def never() -> Any:
    raise AssertionError("parsed again")


def test_one_parse_serves_every_data_root(project: Path, tmp_path: Path) -> None:
    said = parsed_project.as_json(lake(tmp_path / "a"), lambda: Parsed(name="first"))
    assert said == {"name": "first"} == parsed_project.as_json(lake(tmp_path / "b"), never)


def test_a_changed_file_is_parsed_anew_and_the_old_parse_goes(project: Path, tmp_path: Path) -> None:
    parsed_project.as_json(lake(tmp_path), lambda: Parsed(name="first"))
    (project / "one.sql").write_text("select 2", encoding="utf-8")
    assert parsed_project.as_json(lake(tmp_path), lambda: Parsed(name="second")) == {"name": "second"}
    assert {file.stem for file in (project / "target" / "parsed").iterdir()} == {parsed_project.fingerprint()}


def test_a_project_that_cannot_be_written_to_is_kept_in_the_data_root(project: Path, tmp_path: Path) -> None:
    (project / "target").write_text("no folder", encoding="utf-8")
    parsed_project.as_json(lake(tmp_path), lambda: Parsed(name="first"))
    assert parsed_project.as_json(lake(tmp_path), never) == {"name": "first"}
    assert (lake(tmp_path).dbt_target / "parsed").is_dir()
    with pytest.raises(AssertionError, match="parsed again"):
        parsed_project.as_json(lake(tmp_path / "other"), never)


def test_nothing_is_left_half_written_and_a_full_disk_is_told(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        parsed_project.as_json(lake(tmp_path), lambda: Parsed(name="first"))
    assert not list(tmp_path.rglob("*.msgpack"))


def test_a_spoilt_file_is_parsed_anew(project: Path, tmp_path: Path) -> None:
    first = parsed_project.for_dbt(lake(tmp_path), lambda: Parsed(name="first"))
    assert parsed_project.for_dbt(lake(tmp_path), never) is first, "once per process"
    (kept,) = (project / "target" / "parsed").glob("*.msgpack")
    kept.write_bytes(b"")
    parsed_project._in_process.clear()
    assert parsed_project.for_dbt(lake(tmp_path), lambda: Parsed(name="again")).name == "again"


def test_the_seeds_are_loaded_once_for_every_data_root(project: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.duckdb"
    made.write_bytes(b"seeded")
    first = parsed_project.seeded(lake(tmp_path / "a"), lambda: made)
    assert first.read_bytes() == b"seeded" and first != made
    assert parsed_project.seeded(lake(tmp_path / "b"), never) == first
    (project / "seed.csv").write_text("a\n1\n", encoding="utf-8")
    made.write_bytes(b"seeded anew")
    assert parsed_project.seeded(lake(tmp_path / "b"), lambda: made).read_bytes() == b"seeded anew"
