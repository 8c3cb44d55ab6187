"""A full disk is told from other errors whichever engine meets it, and the command line says so in one sentence."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from dia_assets import cli, transform
from dia_assets.errors import DiaError
from dia_assets.full_disk import disk_full, is_disk_full, told
from dia_assets.orchestration.lakehouse import kept_apart
from dia_assets.settings import Lake

FULL = Path("/dev/full")  # Linux' own full disk: every write says that there is no space left


def _by_the_system(_: Path) -> None:
    FULL.write_bytes(b"x")


def _by_duckdb(_: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select range from range(1000000)) to '{FULL}' (format csv)")


def _by_sqlite(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as connection:
        connection.execute("pragma max_page_count = 2")
        connection.execute("create table t as select zeroblob(100000) as x")


def _by_a_quota(_: Path) -> None:
    raise OSError(errno.EDQUOT, "over quota")


def _by_sqlites_log(_: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    raise RuntimeError("(sqlite3.OperationalError) disk I/O error") from error


@pytest.mark.parametrize("write", [_by_the_system, _by_duckdb, _by_sqlite, _by_a_quota, _by_sqlites_log])
def test_a_full_disk_is_known_from_what_the_engine_raises(tmp_path: Path, write: Callable[[Path], None]) -> None:
    with pytest.raises(Exception) as caught:
        write(tmp_path)
    assert is_disk_full(caught.value), caught.value
    said = told(caught.value, Lake(tmp_path))
    assert isinstance(said, DiaError) and "Disken med datakatalogen är full" in said.message_sv


def test_a_full_disk_behind_another_error_is_known() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "")
        except OSError:
            raise ValueError("while that was tidied up")  # noqa: B904
    except ValueError as error:
        assert is_disk_full(error)


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "x"), ValueError("x"), sqlite3.OperationalError("disk I/O error")]
)
def test_another_error_is_none(error: Exception, tmp_path: Path) -> None:
    assert not is_disk_full(error)
    assert told(error, Lake(tmp_path)) is error


def test_a_step_that_meets_a_full_disk_says_so(tmp_path: Path) -> None:
    said = kept_apart(sqlite3.OperationalError("database or disk is full"), "history", Lake(tmp_path))
    assert said == disk_full(Lake(tmp_path)).message_sv


def test_dbt_on_a_full_disk_says_so(tmp_path: Path) -> None:
    failed = transform._failure(Lake(tmp_path), "marts", [], ["IO Error: write: No space left on device"])
    assert "är full" in failed.message_sv
    assert not (tmp_path / "restricted").exists()


@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, "är full"), (errno.EROFS, "gick inte att skriva")])
def test_an_error_is_told_of_though_its_words_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(number, "")

    monkeypatch.setattr(Path, "write_text", fails)
    said = kept_apart(ValueError("a cell's content"), "history", Lake(tmp_path))
    assert "Steget history misslyckades (ValueError)" in said and why in said
    assert "cell" not in said


def test_the_command_line_says_that_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIA_DATA", str(tmp_path))
    monkeypatch.setattr("dia_assets.nightly.run_nightly", lambda *_: _by_sqlite(tmp_path))
    answer = CliRunner().invoke(cli.main, ["nightly"])
    assert answer.exit_code == 1
    assert answer.output == "Disken är full. Ingenting har gått förlorat: frigör utrymme och kör igen.\n"


def test_any_other_error_of_the_command_line_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a fault in the program")

    monkeypatch.setenv("DIA_DATA", str(tmp_path))
    monkeypatch.setattr("dia_assets.nightly.run_nightly", fails)
    assert isinstance(CliRunner().invoke(cli.main, ["nightly"]).exception, ValueError)
