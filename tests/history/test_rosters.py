"""OneRoster and SDS archives from the drop folder to history: complete deliveries, changes, deletions."""

from __future__ import annotations

import copy
import tempfile
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from history.way import Way
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.landing import members
from dia_assets.landing.zone import land
from dia_assets.orchestration.ingest import take_in
from dia_assets.orchestration.lakehouse import Lakehouse
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.register import persons, write_list
from dia_assets.synthetic.rosters import Roster, roster, sds_roster, write_bulk, write_delta, write_sds

CONTRACTS = load_contracts()
DAY = date(2026, 6, 1)
WORLD = build_world(PRESETS["one_unit"], 3)


def of(system: str, *names: str) -> list[DatasetContract]:
    return [c for c in CONTRACTS.values() if c.system == system and (not names or c.name in names)]


@pytest.fixture
def way(tmp_path: Path) -> Callable[..., Way]:
    return lambda system, *names: Way(tmp_path / "data", of(system, *names))


def without(complete: Roster, file: str, *places: int) -> Roster:
    changed = copy.deepcopy(complete)
    changed[file] = [row for place, row in enumerate(changed[file]) if place not in places]
    return changed


def with_title(complete: Roster, title: str) -> Roster:
    changed = copy.deepcopy(complete)
    changed["classes"][0]["title"] = title
    return changed


def rewritten(path: Path, **files: str | None) -> Path:
    """The archive with files replaced, or left out."""
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts |= {f"{name}.csv": text for name, text in files.items() if text is not None}
    for name in (name for name, text in files.items() if text is None):
        texts.pop(f"{name}.csv", None)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_complete_oneroster_archive_reaches_history(way: Callable[..., Way], tmp_path: Path, version: str) -> None:
    complete = roster(WORLD, version)
    road = way("oneroster")
    assert road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", complete, DAY, version)) == {}
    road.write_history()
    files = {"org": "orgs", "academic_session": "academicSessions", "class": "classes", "enrollment": "enrollments",
             "user": "users", "role": "roles"}  # fmt: skip
    for name, file in files.items():
        assert len(road.current(name)) == len(complete.get(file, [])), name
    assert road.latest("role").notes.warnings_sv == (
        () if version == "1.2" else ("Filen ingår inte i leveransen enligt manifest.csv.",)
    )
    assert {(row[1], row[2]) for row in road.current("user")} >= {(True, "student" if version == "1.1" else None)}


def test_names_and_addresses_of_a_roster_are_nowhere_in_raw(way: Callable[..., Way], tmp_path: Path) -> None:
    road = way("oneroster", "user")
    road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY))
    stored = b"".join(path.read_bytes() for path in road.lake.raw(road.contracts[0]).rglob("*.parquet"))
    assert b"skola.example" not in stored
    assert b"givenName" not in stored and b"given_name" not in stored


def test_a_person_who_is_protected_in_the_register_is_held_here_too(tmp_path: Path) -> None:
    [pupil] = [pupil for pupil in WORLD.current_pupils() if pupil.role == "canary"]
    write_list(tmp_path / "persons.json", persons(WORLD))
    road = Way(tmp_path / "data", of("oneroster", "user"), of("ss12000", "person"))
    road.deliver(tmp_path / "persons.json", write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY))
    road.write_history()
    assert pupil.person_id not in {row[0] for row in road.current("user")}
    assert road.held("user") >= 1


def test_a_delta_changes_adds_and_deletes_and_leaves_the_rest(way: Callable[..., Way], tmp_path: Path) -> None:
    before = roster(WORLD)
    after = with_title(without(before, "enrollments", 0, 1), "Ny klass")
    road = way("oneroster", "class", "enrollment", "user")
    road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", before, DAY))
    road.write_history()
    road.deliver(write_delta(tmp_path / "oneroster_2026-06-02.zip", before, after, DAY + timedelta(1)))
    road.write_history()
    assert len(road.current("enrollment")) == len(after["enrollments"])
    assert "Ny klass" in {row[1] for row in road.current("class")}
    assert len(road.current("user")) == len(after["users"])
    assert (road.latest("class").mode, road.latest("class").rows_kept) == ("changes", 1)
    assert (road.latest("user").rows_read, road.latest("user").status) == (0, "accepted")


def test_a_user_that_is_deleted_in_a_delta_is_gone(way: Callable[..., Way], tmp_path: Path) -> None:
    before = roster(WORLD)
    road = way("oneroster", "user")
    road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", before, DAY))
    road.deliver(
        write_delta(tmp_path / "oneroster_2026-06-02.zip", before, without(before, "users", 3), DAY + timedelta(1))
    )
    road.write_history()
    gone = before["users"][3]["sourcedId"]
    ids = {row[0] for row in road.current("user")}
    assert gone not in ids and len(ids) == len(before["users"]) - 1


def test_a_delta_without_rows_changes_nothing(way: Callable[..., Way], tmp_path: Path) -> None:
    before = roster(WORLD)
    road = way("oneroster", "class")
    road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", before, DAY))
    delta = write_delta(tmp_path / "oneroster_2026-06-02.zip", before, with_title(before, "x"), DAY)
    with zipfile.ZipFile(delta) as archive:
        header = archive.read("classes.csv").decode().splitlines()[0]
    assert road.deliver(rewritten(delta, classes=header + "\r\n")) == {}
    road.write_history()
    assert len(road.current("class")) == len(before["classes"])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"orgs": None}, "manifest_contradicts"),
        ({"manifest": "propertyName,value\r\nfile.orgs,absent\r\n"}, "manifest_contradicts"),
        ({"manifest": "propertyName,value\r\nfile.orgs,some\r\n"}, "manifest_contradicts"),
        ({"manifest": "propertyName,value\r\nfile.users,bulk\r\n"}, "manifest_contradicts"),
        ({"manifest": "propertyName,value\r\nfile.orgs,delta\r\n"}, "delta_without_bulk"),
        ({"manifest": "propertyName,value\r\n"}, "manifest_missing"),
        ({"manifest": None}, "manifest_missing"),
    ],
)
def test_an_archive_that_its_manifest_does_not_fit_is_refused(
    way: Callable[..., Way], tmp_path: Path, changes: dict[str, str | None], rule: str
) -> None:
    path = rewritten(write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY), **changes)
    assert way("oneroster", "org").deliver(path) == {"org": [rule]}


def test_one_file_that_contradicts_the_manifest_leaves_the_others(way: Callable[..., Way], tmp_path: Path) -> None:
    path = rewritten(write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY), orgs=None)
    road = way("oneroster", "org", "class")
    assert road.deliver(path) == {"org": ["manifest_contradicts"]}
    assert road.latest("class").status == "accepted"


@pytest.mark.parametrize(("name", "rows"), [("role", 0), ("class", len(WORLD.classes))])
def test_a_file_passes_the_gate_also_when_it_is_rightly_absent(tmp_path: Path, name: str, rows: int) -> None:
    environment = {"DIA_DATA": str(tmp_path / "data"), "DIA_NOW": "2026-06-02T00:00:00Z"}
    lakehouse, [dataset] = Lakehouse(environment=environment), of("oneroster", name)
    lakehouse.lake.prepare()
    path = write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY)
    land(lakehouse.settings, lakehouse.lake, lakehouse.ledger, dataset, [path], lakehouse.moment)
    take_in(lakehouse, dataset)
    [delivery] = lakehouse.ledger.deliveries(dataset.key)
    assert (delivery.status, delivery.rows_kept) == ("accepted", rows)


def test_an_archive_that_unpacks_to_too_much_is_refused_before_its_manifest_is_read(
    way: Callable[..., Way], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MOST_MEMBERS", 2)
    path = write_bulk(tmp_path / "oneroster_2026-06-01.zip", roster(WORLD), DAY)
    assert way("oneroster", "org").deliver(path) == {"org": ["archive_too_large"]}


def test_a_complete_sds_archive_reaches_history_and_the_next_replaces_it(
    way: Callable[..., Way], tmp_path: Path
) -> None:
    complete = sds_roster(WORLD)
    road = way("sds")
    assert road.deliver(write_sds(tmp_path / "sds_2026-06-01.zip", complete, DAY)) == {}
    road.write_history()
    fewer = without(complete, "enrollments", 0)
    assert road.deliver(write_sds(tmp_path / "sds_2026-06-02.zip", fewer, DAY + timedelta(1))) == {}
    road.write_history()
    files = {"org": "orgs", "academic_session": "academicSessions", "class": "classes", "enrollment": "enrollments",
             "user": "users", "role": "roles"}  # fmt: skip
    for name, file in files.items():
        assert len(road.current(name)) == len(fewer[file]), name


@pytest.mark.parametrize("missing", ["orgs", "users", "roles"])
def test_an_sds_archive_without_a_required_file_is_refused_for_every_dataset(
    way: Callable[..., Way], tmp_path: Path, missing: str
) -> None:
    complete = sds_roster(WORLD)
    del complete[missing]
    road = way("sds", "org", "class")
    refused = road.deliver(write_sds(tmp_path / "sds_2026-06-01.zip", complete, DAY))
    assert refused == {"org": ["set_incomplete"], "class": ["set_incomplete"]}


def test_an_optional_sds_file_may_be_left_out_until_it_has_come(way: Callable[..., Way], tmp_path: Path) -> None:
    complete = sds_roster(WORLD)
    users_only = {name: complete[name] for name in ("orgs", "users", "roles")}
    road = way("sds", "org", "class")
    assert road.deliver(write_sds(tmp_path / "sds_2026-06-01.zip", users_only, DAY)) == {}
    assert road.latest("class").rows_read == 0
    assert road.deliver(write_sds(tmp_path / "sds_2026-06-02.zip", complete, DAY + timedelta(1))) == {}
    again = write_sds(tmp_path / "sds_2026-06-03.zip", users_only, DAY + timedelta(2))
    assert road.deliver(again) == {"class": ["set_incomplete"]}
    road.write_history()
    assert len(road.current("class")) == len(complete["classes"])


def test_complete_archives_out_of_order_leave_the_newest(way: Callable[..., Way], tmp_path: Path) -> None:
    road = way("oneroster", "class")
    titles = {2: "third", 0: "first", 1: "second"}
    for days, title in titles.items():
        day = DAY + timedelta(days)
        path = write_bulk(tmp_path / f"oneroster_{day}.zip", with_title(roster(WORLD), title), day)
        assert road.deliver(path) == ({} if title == "third" else {"class": ["superseded"]})
    road.write_history()
    assert {"third"} == {row[1] for row in road.current("class")} & set(titles.values())


IDS = ("k1", "k2", "k3")
STATES = st.lists(st.dictionaries(st.sampled_from(IDS), st.sampled_from(["7A", "7B"])), min_size=2, max_size=4)


def small(state: dict[str, str]) -> Roster:
    """A roster of classes, each with one member; one of them never changes."""
    state = {"k0": "7A", **state}
    classes = [{"sourcedId": key, "title": title, "schoolSourcedId": "s"} for key, title in state.items()]
    enrollments = [
        {"sourcedId": f"e{key}", "classSourcedId": key, "userSourcedId": f"p{title}", "role": "student"}
        for key, title in state.items()
    ]
    return {"classes": classes, "enrollments": enrollments}


def test_changes_that_wait_for_one_night_are_written_in_their_order(way: Callable[..., Way], tmp_path: Path) -> None:
    """A class is renamed, then it ends, then another one begins: the end is not lost behind what comes after it."""
    states = [{"k1": "7A"}, {"k1": "7B"}, {}, {"k2": "7B"}]
    road = way("oneroster", "class")
    road.deliver(write_bulk(tmp_path / "oneroster_2026-06-01.zip", small(states[0]), DAY))
    for number, (before, after) in enumerate(pairwise(states), start=2):
        day = DAY + timedelta(number)
        road.deliver(write_delta(tmp_path / f"oneroster_2026-06-{number:02}.zip", small(before), small(after), day))
    road.write_history()
    assert [row[:2] for row in road.current("class")] == [("k0", "7A"), ("k2", "7B")]


@settings(max_examples=5, deadline=None, database=None, phases=[Phase.generate])
@given(first=st.dictionaries(st.sampled_from(IDS), st.just("7A")), then=STATES, again=st.data())
def test_a_complete_delivery_and_its_changes_are_as_one_later_complete_delivery(
    first: dict[str, str], then: list[dict[str, str]], again: st.DataObject
) -> None:
    names = ("class", "enrollment")
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder)
        stepwise, at_once = (Way(inbox / name, of("oneroster", *names)) for name in ("stepwise", "at_once"))
        sent = [write_bulk(inbox / "oneroster_2026-06-01.zip", small(first), DAY)]
        for number, (before, after) in enumerate(zip([first, *then], then, strict=False), start=2):
            path = inbox / f"oneroster_2026-06-{number:02}.zip"
            sent.append(write_delta(path, small(before), small(after), DAY + timedelta(number)))
        for number, path in enumerate(sent):
            repeated = again.draw(st.lists(st.sampled_from(sent[: number + 1]), max_size=1))
            stepwise.deliver(path, *repeated)
            if again.draw(st.booleans()):
                stepwise.write_history()
        stepwise.write_history()
        at_once.deliver(write_bulk(inbox / "oneroster_2026-06-30.zip", small(then[-1]), DAY + timedelta(29)))
        at_once.write_history()
        for name in names:
            assert stepwise.current(name) == at_once.current(name) != []
