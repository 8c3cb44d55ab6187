"""A temporary number in a file is somebody's only when unit, class, birth date and sex leave one unmarked pupil."""

from __future__ import annotations

import pytest
from identity.delivered import CONTRACTS, Deliver, resolve, rows

from dia_assets.engine import connect
from dia_assets.identity import local, store, vault
from dia_assets.settings import Settings

LESSONS = CONTRACTS["narvaro.lesson_attendance"]
UNIT, ROW = "00000001", {"school_unit_code": "00000001", "class_label": "9 a", "lesson_date": "2026-06-03"}
TF = "20110203TF21"
Pupil = dict[str, str]
ANNA: Pupil = {"person_id": "anna", "birth_date": "2011-02-03", "sex": "Kvinna", "security_marking": "Ingen"}
BO: Pupil = {"person_id": "bo", "birth_date": "2011-02-03", "sex": "Man", "security_marking": "Ingen"}


def register(deliver: Deliver, *pupils: Pupil) -> None:
    deliver(CONTRACTS["ss12000.person"], list(pupils))
    deliver(CONTRACTS["ss12000.organisation"], [{"organisation_id": "u", "school_unit_code": UNIT}])
    group = {"group_id": "g", "display_name": "9A", "group_type": "Klass", "organisation_id": "u"}
    deliver(CONTRACTS["ss12000.school_group"], [group])
    members = [{"group_id": "g", "person_id": p["person_id"], "start_date": "2025-08-01"} for p in pupils]
    deliver(CONTRACTS["ss12000.group_membership"], members)


def whose(settings: Settings, deliver: Deliver, *numbers: str) -> list[bool]:
    deliver(LESSONS, [{**ROW, "person_number": number, "lesson_id": number} for number in numbers])
    resolve(settings)
    return [row["_person_key"] is not None for row in rows(settings, LESSONS)]


def reasons(settings: Settings) -> set[str]:
    with connect(settings) as connection:
        found = connection.execute(f"select reason from {store.relation(settings.lake, 'waiting')}").fetchall()
    return {row[0] for row in found}


def test_the_only_girl_of_that_day_in_the_class_is_meant(settings: Settings, deliver: Deliver) -> None:
    register(deliver, ANNA, BO)
    assert whose(settings, deliver, TF) == [True]
    assert rows(settings, LESSONS)[0]["_person_key"] == rows(settings, CONTRACTS["ss12000.person"])[0]["_person_key"]
    assert rows(settings, LESSONS)[0]["_is_protected"] is False


@pytest.mark.parametrize(
    ("pupils", "numbers", "reason"),
    [
        ([BO], [TF], "nobody_fits"),
        ([ANNA, {**ANNA, "person_id": "eva"}], [TF], "several_fit"),
        ([ANNA], [TF, "20110203TF22"], "several_fit"),
        ([{**ANNA, "security_marking": "Sekretessmarkering"}], [TF], "in_doubt"),
        ([ANNA, {"person_id": "x", "security_marking": "S"}], [TF], "in_doubt"),
        ([ANNA], ["20110203T123"], "nobody_fits"),
        ([ANNA], ["201102039808"], "not_a_number"),
    ],
)
def test_any_doubt_leaves_the_row_to_the_steward(
    settings: Settings,
    deliver: Deliver,
    pupils: list[Pupil],
    numbers: list[str],
    reason: str,
) -> None:
    register(deliver, *pupils)
    assert not any(whose(settings, deliver, *numbers))
    assert reasons(settings) == {reason}


def test_a_pupil_who_is_in_the_file_by_another_number_is_not_meant(
    settings: Settings,
    deliver: Deliver,
) -> None:
    register(deliver, {**ANNA, "civic_number": "201102039805"})
    assert whose(settings, deliver, TF, "201102039805") == [False, True]
    with connect(settings) as connection:
        vault.open_vault(connection, settings.lake)
        assert connection.execute("select count(*) from vault.local_alias").fetchone() == (0,)


def test_what_is_told_in_one_delivery_says_nothing_of_the_next(settings: Settings, deliver: Deliver) -> None:
    register(deliver, ANNA)
    assert whose(settings, deliver, TF) == [True]
    deliver(CONTRACTS["ss12000.person"], [ANNA, {**ANNA, "person_id": "eva"}])
    members = [{"group_id": "g", "person_id": name, "start_date": "2025-08-01"} for name in ("anna", "eva")]
    deliver(CONTRACTS["ss12000.group_membership"], members)
    assert whose(settings, deliver, TF) == [True, False]


def test_only_datasets_with_unit_and_class_have_a_scope() -> None:
    scoped = {key for key, contract in CONTRACTS.items() if local.scope_of(contract)}
    assert "narvaro.lesson_attendance" in scoped and "ss12000.person" not in scoped
