"""Raw in object storage: the same history as with raw in a folder, and a kill anywhere is put right by the next run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from emulators.servers import object_store
from pyarrow.fs import FileInfo

from dia_assets import delta, transform
from dia_assets.contracts import load_contracts
from dia_assets.engine import connect
from dia_assets.errors import SettingsError
from dia_assets.history import tables, write
from dia_assets.identity import vault
from dia_assets.identity.views import create_raw_views
from dia_assets.landing.zone import land
from dia_assets.ledger import Ledger
from dia_assets.maintenance import forget_deliveries
from dia_assets.object_store import StoredTable, objects
from dia_assets.orchestration.ingest import take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.settings import Settings
from dia_assets.sources.config import ObjectStoreSource
from dia_assets.sources.folder import find_files
from dia_assets.synthetic import generate

from .nights import environment, history_fingerprint

ATTENDANCE = load_contracts()["narvaro.lesson_attendance"]
GRADES = load_contracts()["scb.final_grade_year9"]
DATASETS = (ATTENDANCE, GRADES)


class Killed(BaseException):
    """Stands for the process that ends here."""


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("municipality")
    generate("one_unit", folder, 1)
    return folder / "extracts"


@pytest.fixture(scope="module")
def local_history(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("local")
    with _lakehouse(root) as lakehouse:
        return _into_history(lakehouse, extracts)


@pytest.fixture(scope="module")
def s3() -> Iterator[ObjectStoreSource]:
    with object_store("s3") as running:
        yield running


@pytest.fixture(scope="module")
def azure() -> Iterator[ObjectStoreSource]:
    with object_store("azure") as running:
        yield running


@pytest.fixture(params=["s3", "azure"])
def on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lakehouse]:
    store: ObjectStoreSource = request.getfixturevalue(request.param)
    with _lakehouse(tmp_path, store.model_copy(update={"prefix": f"dia/{tmp_path.name}"})) as made:
        yield made


@pytest.fixture
def lakehouse(s3: ObjectStoreSource, tmp_path: Path) -> Iterator[Lakehouse]:
    with _lakehouse(tmp_path, s3.model_copy(update={"prefix": f"dia/{tmp_path.name}"})) as made:
        yield made


@contextmanager
def _lakehouse(root: Path, raw_store: ObjectStoreSource | None = None) -> Iterator[Lakehouse]:
    named = {"DIA_RAW_STORE": raw_store.model_dump_json()} if raw_store else {}
    with environment(root, DIA_NOW="2026-06-04T02:00:00+02:00", **named):
        made = Lakehouse()
        made.lake.prepare()
        yield made


def _land(lakehouse: Lakehouse, extracts: Path) -> None:
    for contract in DATASETS:
        files = find_files(extracts / contract.system, contract)
        land(lakehouse.settings, lakehouse.lake, lakehouse.ledger, contract, files, lakehouse.moment)


def _into_history(lakehouse: Lakehouse, extracts: Path) -> dict[str, str]:
    """What a night does with two datasets, up to history."""
    settings, lake, ledger = lakehouse.settings, lakehouse.lake, lakehouse.ledger
    _land(lakehouse, extracts)
    for contract in DATASETS:
        take_in(lakehouse, contract)
    vault.resolve(settings, lake, ledger, DATASETS, lakehouse.moment)
    with connect(settings, lake.working_db) as connection:
        create_raw_views(connection, lake, DATASETS)
    transform.run_layer(settings, "staging", models=[contract.staging_model for contract in DATASETS])
    with connect(settings, lake.working_db) as connection:
        for contract in DATASETS:
            report = write.append_new(connection, lake, ledger, contract, tables.layout(connection, contract))
            assert report.added > 0, "there is something to compare"
    return history_fingerprint(lakehouse.lake)


def _stored(lakehouse: Lakehouse) -> list[str]:
    """The Parquet files of the attendance's raw table, whether part of it or not."""
    table = lakehouse.lake.table(lakehouse.lake.raw(ATTENDANCE))
    assert isinstance(table, StoredTable)
    return sorted(table.files())


def _objects(lakehouse: Lakehouse) -> list[FileInfo]:
    """Everything in the folder of the attendance's raw table."""
    table = lakehouse.lake.table(lakehouse.lake.raw(ATTENDANCE))
    assert isinstance(table, StoredTable)
    return objects(table.store, table.path)


def _rows(lakehouse: Lakehouse) -> int:
    table = lakehouse.lake.table(lakehouse.lake.raw(ATTENDANCE))
    with connect(lakehouse.settings) as connection:
        found = connection.execute(f"select count(*) from {delta.view_sql(table)}").fetchone()
    return int(found[0]) if found else 0


def _in_the_table(lakehouse: Lakehouse) -> list[str]:
    table = lakehouse.lake.table(lakehouse.lake.raw(ATTENDANCE))
    return sorted(uri.rpartition("/")[2] for uri in delta.file_list(table)) if delta.exists(table) else []


def test_history_is_the_same_wherever_raw_lives(
    on_each: Lakehouse, extracts: Path, local_history: dict[str, str]
) -> None:
    assert _into_history(on_each, extracts) == local_history
    assert not list((on_each.lake.restricted / "raw").rglob("*.parquet"))
    assert _stored(on_each) == _in_the_table(on_each) != []


def test_a_kill_between_upload_and_commit_leaves_nothing_that_is_read_or_that_stays(
    lakehouse: Lakehouse, extracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _land(lakehouse, extracts)
    upload = StoredTable.upload

    def killed(table: StoredTable, files: Any) -> None:
        upload(table, files)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(StoredTable, "upload", killed)
        with pytest.raises(Killed):
            take_in(lakehouse, ATTENDANCE)
    assert _stored(lakehouse) and not _in_the_table(lakehouse)
    with monkeypatch.context() as patch:
        patch.setattr("dia_assets.landing.raw.read_candidates", lambda *_: iter(()))
        take_in(lakehouse, ATTENDANCE)
    assert _stored(lakehouse) == []
    take_in(lakehouse, ATTENDANCE)
    assert _stored(lakehouse) == _in_the_table(lakehouse) != []


@pytest.mark.parametrize("recorded", [False, True])
def test_a_kill_after_the_commit_doubles_nothing(
    lakehouse: Lakehouse, extracts: Path, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    accept = Ledger.accept

    def killed(*arguments: Any, **named: Any) -> None:
        if recorded:
            accept(*arguments, **named)
        raise Killed

    _land(lakehouse, extracts)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "accept", killed)
        with pytest.raises(Killed):
            take_in(lakehouse, ATTENDANCE)
    take_in(lakehouse, ATTENDANCE)
    deliveries = lakehouse.ledger.deliveries(ATTENDANCE.key)
    assert {item.status for item in deliveries} == {"accepted"}
    assert _rows(lakehouse) == sum(item.rows_kept or 0 for item in deliveries) > 0
    assert _stored(lakehouse) == _in_the_table(lakehouse)
    assert not list(lakehouse.lake.raw(ATTENDANCE).glob("part-*"))


def test_a_refused_delivery_leaves_no_object(lakehouse: Lakehouse, tmp_path: Path) -> None:
    file = tmp_path / "lektionsnarvaro_2026-05.csv"
    file.write_bytes(b"PK\x03\x04")
    land(lakehouse.settings, lakehouse.lake, lakehouse.ledger, ATTENDANCE, [file], lakehouse.moment)
    take_in(lakehouse, ATTENDANCE)
    assert [item.status for item in lakehouse.ledger.deliveries(ATTENDANCE.key)] == ["refused"]
    assert _objects(lakehouse) == []


def test_last_years_file_under_this_years_name_is_refused(lakehouse: Lakehouse, extracts: Path, tmp_path: Path) -> None:
    """The comparison reads what came before from where raw lives."""
    first = find_files(extracts / "scb", GRADES)[0]
    for year in ("2024", "2025"):
        file = tmp_path / f"betyg_ak9_{year}_00000001.txt"
        file.write_bytes(first.read_bytes() + (b"" if year == "2024" else b"\n"))
        land(lakehouse.settings, lakehouse.lake, lakehouse.ledger, GRADES, [file], lakehouse.moment)
        take_in(lakehouse, GRADES)
    assert [item.rule for item in lakehouse.ledger.deliveries(GRADES.key)] == [None, "resent_content"]


def test_what_is_forgotten_leaves_the_store(on_each: Lakehouse, extracts: Path) -> None:
    _land(on_each, extracts)
    take_in(on_each, ATTENDANCE)
    first, *others = on_each.ledger.deliveries(ATTENDANCE.key)
    forget_deliveries(on_each.settings, ATTENDANCE, [first])
    assert _stored(on_each) == _in_the_table(on_each)
    assert _rows(on_each) == sum(item.rows_kept or 0 for item in others)


def test_raw_in_two_places_is_a_wrong_setting(tmp_path: Path) -> None:
    log = tmp_path / "restricted" / "raw" / "narvaro" / "lesson_attendance" / "_delta_log"
    log.mkdir(parents=True)
    store = {"kind": "s3", "bucket": "x", "access_key": "A", "secret_key": "B"}
    settings = Settings.model_validate({"data": tmp_path, "raw_store": store})
    with pytest.raises(SettingsError, match="raw_store"):
        settings.lake.prepare()
