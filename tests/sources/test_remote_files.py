"""Files from SFTP, S3 and Azure, each from a server that really runs on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from emulators.servers import object_store
from emulators.sftp import SftpServer, sftp_server

from dia_assets import object_store as stores
from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.errors import DiaError, TransientError
from dia_assets.ledger import ContactOutcome, Ledger
from dia_assets.nightly import _unknown_files
from dia_assets.settings import Settings
from dia_assets.sources import sftp
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import ObjectStoreSource, Source
from dia_assets.sources.fetch import fetch

MOMENT = datetime(2026, 6, 4, tzinfo=UTC)
CONTRACTS = load_contracts()
LESSONS = CONTRACTS["narvaro.lesson_attendance"]
NAME = "lektionsnarvaro_2026-05.csv"
SWEDISH = LESSONS.model_copy(update={"name": "swedish", "files": r"Närvaro_[åäö ]+\.csv"})


@dataclass
class Place:
    """A place that files arrive in, and whoever asks it."""

    source: Source
    folder: Path
    put: Any
    contracts: list[DatasetContract] = field(default_factory=lambda: [LESSONS, SWEDISH])
    taken: dict[str, bytes] = field(default_factory=dict)

    def settings(self) -> Settings:
        settings = Settings(data=self.folder, now=MOMENT, sources={"narvaro": self.source}, max_bytes=50_000_000)
        settings.lake.prepare()
        return settings

    def request(self) -> Request:
        settings = self.settings()
        ledger = Ledger(settings.lake.ledger)
        fetched = settings.lake.fetched / "narvaro"
        return Request(settings, ledger, self.source, "narvaro", self.contracts, fetched, MOMENT)

    def ask(self) -> dict[str, ContactOutcome]:
        """Ask as a night does; keeps what was fetched, gives how it went by dataset."""
        outcomes: dict[str, ContactOutcome] = {}
        for brought in fetch(self.request()):
            outcomes |= {contract.name: brought.outcome for contract in brought.datasets}
            self.keep(brought)
        return outcomes

    def keep(self, brought: Brought) -> None:
        if brought.path:
            self.taken[brought.path.name] = brought.path.read_bytes()
            brought.path.unlink()

    def failure(self) -> Brought:
        (brought,) = fetch(self.request())
        return brought


def _object_place(store: ObjectStoreSource, folder: Path, name: str) -> Place:
    source = store.model_copy(update={"prefix": f"inkommande/{name}"})

    def put(file: str, content: bytes) -> None:
        with stores.filesystem(source).open_output_stream(f"{source.bucket}/{source.prefix}/{file}") as stream:
            stream.write(content)

    return Place(source, folder, put)


@pytest.fixture(scope="module")
def s3() -> Iterator[ObjectStoreSource]:
    with object_store("s3") as running:
        yield running


@pytest.fixture(scope="module")
def azure() -> Iterator[ObjectStoreSource]:
    with object_store("azure") as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture
def on_sftp(server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("SFTP_PASSWORD", server.password)
    folder = server.root / tmp_path.name
    folder.mkdir()
    return Place(server.source(tmp_path.name), tmp_path, lambda file, content: (folder / file).write_bytes(content))


@pytest.fixture(params=["s3", "azure"])
def on_objects(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return _object_place(request.getfixturevalue(request.param), tmp_path, tmp_path.name)


@pytest.fixture(params=["sftp", "s3", "azure"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param != "sftp":
        return _object_place(request.getfixturevalue(request.param), tmp_path, tmp_path.name)
    found: Place = request.getfixturevalue("on_sftp")
    return found


def test_a_new_file_is_fetched_once_and_a_changed_one_again(place: Place) -> None:
    place.put(NAME, b"first")
    assert place.ask() == {"swedish": "no_file", "lesson_attendance": "new"}
    assert place.ask() == {"swedish": "no_file", "lesson_attendance": "no_file"}
    place.put(NAME, b"second, longer")
    assert place.ask()["lesson_attendance"] == "new"
    assert place.taken == {NAME: b"second, longer"}


def test_swedish_names_come_as_they_are(place: Place) -> None:
    place.put("Närvaro_å ä ö.csv", b"x")
    assert place.ask()["swedish"] == "new"
    assert list(place.taken) == ["Närvaro_å ä ö.csv"]


def test_a_large_file_comes_whole(place: Place) -> None:
    content = bytes(range(256)) * 40_000
    place.put(NAME, content)
    place.ask()
    assert place.taken[NAME] == content


def test_a_file_that_was_fetched_but_never_landed_is_fetched_again(place: Place) -> None:
    place.put(NAME, b"x")
    asking = fetch(place.request())
    assert any(brought.path for brought in asking)
    asking.close()  # type: ignore[attr-defined]  # as when landing fails or the run is killed
    assert place.ask()["lesson_attendance"] == "new"


def test_unfinished_and_unknown_files_stay_and_unknown_ones_are_listed(place: Place) -> None:
    for name in (f"{NAME}.part", f".{NAME}", "budget.xlsx"):
        place.put(name, b"x")
    assert set(place.ask().values()) == {"no_file"}
    settings = place.settings()
    assert "narvaro/budget.xlsx" in _unknown_files(settings, Ledger(settings.lake.ledger))


def test_a_file_that_is_too_large_is_not_fetched(place: Place) -> None:
    place.put(NAME, b"x" * 2_000)
    request = place.request()
    request = replace(request, settings=request.settings.model_copy(update={"max_bytes": 1_000}))
    told = [brought for brought in fetch(request) if LESSONS in brought.datasets]
    assert [(brought.outcome, brought.path) for brought in told] == [("failed", None)]


def test_a_file_that_changes_while_it_is_fetched_is_left_for_the_next_time(
    on_sftp: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sftp.put(NAME, b"half")
    download = sftp.SftpFolder.download

    def growing(folder: sftp.SftpFolder, *arguments: Any) -> None:
        download(folder, *arguments)
        on_sftp.put(NAME, b"half and the rest")

    with monkeypatch.context() as patch:
        patch.setattr(sftp.SftpFolder, "download", growing)
        assert on_sftp.ask()["lesson_attendance"] == "no_file"
    assert on_sftp.ask()["lesson_attendance"] == "new"
    assert on_sftp.taken == {NAME: b"half and the rest"}


def test_a_file_that_grows_between_two_looks_is_not_fetched(on_sftp: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    on_sftp.put(NAME, b"half")
    on_sftp.source = on_sftp.source.model_copy(update={"settle_seconds": 1.0})
    monkeypatch.setattr("time.sleep", lambda _: on_sftp.put(NAME, b"half and the rest"))
    assert on_sftp.ask()["lesson_attendance"] == "no_file"


def test_a_name_that_leads_out_of_the_folder_is_never_followed(
    on_sftp: Place, server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sftp.contracts = [LESSONS.model_copy(update={"files": r"(?s:.*)\.csv"})]
    server.lists_also("../../outside.csv")
    assert on_sftp.ask() == {"lesson_attendance": "no_file"}
    assert not list(on_sftp.folder.rglob("outside.csv"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"user": "nobody"}, "godtar inte inloggningen"),
        ({"folder": "saknas"}, "finns inte"),
        ({"known_hosts": "other_hosts"}, "known_hosts"),
        ({"known_hosts": "no_such_file"}, "no_such_file"),
    ],
)
def test_an_sftp_server_that_is_not_as_agreed_is_told_of(
    on_sftp: Place, server: SftpServer, change: dict[str, str], words: str
) -> None:
    if "known_hosts" in change:
        change = {"known_hosts": str(server.folder / change["known_hosts"])}
    on_sftp.source = type(on_sftp.source).model_validate({**on_sftp.source.model_dump(), **change})
    told = on_sftp.failure()
    assert (told.outcome, words in told.message_sv) == ("failed", True), told.message_sv


def test_a_wrong_password_is_told_of_and_shown_nowhere(on_sftp: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFTP_PASSWORD", "fel-lösenord")
    told = on_sftp.failure()
    assert told.outcome == "failed" and "fel-lösenord" not in told.message_sv


def test_a_key_opens_as_a_password_does(on_sftp: Place, server: SftpServer) -> None:
    on_sftp.put(NAME, b"x")
    on_sftp.source = on_sftp.source.model_copy(update={"password": None, "key": server.folder / "client_key"})
    assert on_sftp.ask()["lesson_attendance"] == "new"


def test_a_server_that_goes_away_midway_leaves_what_had_landed_and_the_rest_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sftp_server(tmp_path) as server:
        monkeypatch.setenv("SFTP_PASSWORD", server.password)
        place = Place(server.source("."), tmp_path / "data", None)
        for month in ("04", "05"):
            (server.root / f"lektionsnarvaro_2026-{month}.csv").write_bytes(b"x")
        outcomes = []
        for brought in fetch(place.request()):
            outcomes.append(brought.outcome)
            place.keep(brought)
            if brought.path:
                server.stop()
        assert outcomes == ["no_file", "new", "unreachable"]
        assert list(place.taken) == ["lektionsnarvaro_2026-04.csv"]
    with sftp_server(tmp_path) as server:
        place.source = server.source(".")
        assert place.ask()["lesson_attendance"] == "new"


def test_a_store_that_refuses_the_key_or_has_no_such_bucket_is_told_of(
    on_objects: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_objects.source = on_objects.source.model_copy(update={"bucket": "saknas", "prefix": ""})
    told = on_objects.failure()
    assert (told.outcome, "finns inte" in told.message_sv) == ("failed", True), told.message_sv


def test_a_wrong_key_is_told_of(azure: ObjectStoreSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Azure only: the emulator of S3 lets anyone in."""
    place = _object_place(azure, tmp_path, "x")
    monkeypatch.setenv("EMULATOR_SECRET", "ZmVsIG55Y2tlbA==")
    told = place.failure()
    assert (told.outcome, "godtar inte nyckeln" in told.message_sv) == ("failed", True), told.message_sv


def test_a_store_that_does_not_answer_may_be_asked_again(s3: ObjectStoreSource) -> None:
    with pytest.raises(TransientError), stores.reaching(s3):
        raise OSError("When listing objects: AWS Error NETWORK_CONNECTION during ListObjectsV2 operation")


def test_a_secret_that_is_missing_is_named(on_objects: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMULATOR_SECRET")
    with pytest.raises(DiaError, match="EMULATOR_SECRET"):
        stores.filesystem(on_objects.source)  # type: ignore[arg-type]
