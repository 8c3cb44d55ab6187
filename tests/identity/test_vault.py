"""The vault ties identifiers to one random key, joins nobody by guess, and protects when in doubt."""

from __future__ import annotations

import pytest
from identity.delivered import CONTRACTS, Deliver, resolve, rows

from dia_assets import delta
from dia_assets.ledger import DeliveryMode
from dia_assets.settings import Settings

PERSON = CONTRACTS["ss12000.person"]
GRADES = CONTRACTS["scb.final_grade_year9"]
RESPONSIBLE = CONTRACTS["ss12000.responsible"]
REGISTERED = CONTRACTS["ss12000.grade"]


def test_a_file_with_a_number_finds_the_person_in_the_register(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807", "security_marking": "Ingen"}])
    deliver(GRADES, [{"person_number": "20120101-9807", "school_unit_code": "00000001"}])
    report = resolve(settings)
    assert (report.persons, report.protected_persons) == (1, 0)
    assert rows(settings, GRADES)[0]["_person_key"] == rows(settings, PERSON)[0]["_person_key"]


def test_a_key_says_nothing_and_stays(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807"}])
    resolve(settings)
    key = str(rows(settings, PERSON)[0]["_person_key"])
    assert len(key) == 12
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807"}])
    assert resolve(settings).new_persons == 0
    assert {row["_person_key"] for row in rows(settings, PERSON)} == {key}


def test_a_changed_number_keeps_the_key(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": "20120101TF10"}])
    resolve(settings)
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807"}])
    deliver(GRADES, [{"person_number": "201201019807", "school_unit_code": "00000001"}])
    resolve(settings)
    keys = {row["_person_key"] for row in [*rows(settings, PERSON), *rows(settings, GRADES)]}
    assert len(keys) == 1


@pytest.mark.parametrize("number", ["20120101TF10", "191212121212", "201201019808"])
def test_temporary_dummy_and_wrong_numbers_join_nobody(settings: Settings, deliver: Deliver, number: str) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": number}, {"person_id": "p2", "civic_number": number}])
    deliver(GRADES, [{"person_number": number, "school_unit_code": "00000001"}])
    report = resolve(settings)
    assert (report.persons, report.unresolved_identifiers) == (2, 1)
    assert rows(settings, GRADES)[0]["_person_key"] is None


@pytest.mark.parametrize(
    "mark",
    [
        "Sekretessmarkering",
        "Skyddad folkbokföring",
        " SKYDDAD",
        "S",
        "Sekretess?",
        "ja",
        "1",
        "okänd",
        "inga",
        "00",
        "-",
    ],
)
def test_anything_but_a_known_none_protects(settings: Settings, deliver: Deliver, mark: str) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807", "security_marking": mark}])
    deliver(GRADES, [{"person_number": "201201019807", "school_unit_code": "00000001"}])
    assert resolve(settings).protected_persons == 1
    assert rows(settings, GRADES)[0]["_is_protected"] is True


@pytest.mark.parametrize("mark", [None, "", "Ingen", "ingen ", "INGEN"])
def test_a_known_none_does_not_protect(settings: Settings, deliver: Deliver, mark: str | None) -> None:
    deliver(PERSON, [{"person_id": "p1", **({} if mark is None else {"security_marking": mark})}])
    assert resolve(settings).protected_persons == 0


def test_a_mark_on_a_reference_protects_the_one_referred_to_and_the_row(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "child"}, {"person_id": "guardian"}])
    deliver(
        RESPONSIBLE,
        [
            {
                "person_id": "child",
                "responsible_person_id": "guardian",
                "responsible_security_marking": "Sekretessmarkering",
            }
        ],
    )
    assert resolve(settings).protected_persons == 1
    assert rows(settings, RESPONSIBLE)[0]["_is_protected"] is True
    assert [row["_is_protected"] for row in rows(settings, PERSON)] == [False, True]


def test_the_mark_of_who_registered_a_grade_can_be_told_from_that_of_the_pupil(
    settings: Settings, deliver: Deliver
) -> None:
    grade = {"student_id": "pupil", "syllabus_id": "ma", "grade_value": "E"}
    marked = {"registered_by_security_marking": "Sekretessmarkering"}
    deliver(REGISTERED, [{**grade, "grade_id": "1", "registered_by_id": "teacher", **marked}])
    deliver(REGISTERED, [{**grade, "grade_id": "2", "student_security_marking": "Sekretess?"}])
    assert resolve(settings).protected_persons == 2
    assert [row["_is_protected"] for row in rows(settings, REGISTERED)] == [True, True]
    assert [row["_person_is_protected"] for row in rows(settings, REGISTERED)] == [True, True]
    deliver(REGISTERED, [{**grade, "grade_id": "3", "student_security_marking": "Ingen"}])
    assert resolve(settings).protected_persons == 1
    assert [row["_is_protected"] for row in rows(settings, REGISTERED)] == [True, False, False]
    assert [row["_person_is_protected"] for row in rows(settings, REGISTERED)] == [False, False, False]


def test_a_lifted_mark_no_longer_protects(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "security_marking": "Sekretessmarkering"}])
    assert resolve(settings).protected_persons == 1
    deliver(PERSON, [{"person_id": "p1", "security_marking": "Ingen"}])
    assert resolve(settings).protected_persons == 0


def test_changes_can_mark_a_person_but_only_a_whole_delivery_lifts_the_mark(
    settings: Settings, deliver: Deliver
) -> None:
    marked, unmarked = {"person_id": "p1", "security_marking": "Sekretessmarkering"}, {"person_id": "p1"}
    protected = []
    steps: list[tuple[dict[str, str], DeliveryMode]] = [
        (unmarked, "full"), (marked, "changes"), (unmarked, "changes"), (unmarked, "full"),
    ]  # fmt: skip
    for row, mode in steps:
        deliver(PERSON, [row], mode)
        protected.append(resolve(settings).protected_persons)
    assert protected == [0, 1, 1, 0]


def test_a_person_who_leaves_the_register_stays_protected(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "security_marking": "Sekretessmarkering"}])
    resolve(settings)
    deliver(PERSON, [{"person_id": "p2", "security_marking": "Ingen"}])
    assert resolve(settings).protected_persons == 1


def test_resolving_twice_adds_nothing(settings: Settings, deliver: Deliver) -> None:
    deliver(PERSON, [{"person_id": "p1", "civic_number": "201201019807", "security_marking": "S"}])
    resolve(settings)
    versions = [delta.version(settings.lake.vault(name)) for name in ("alias", "marking")]
    report = resolve(settings)
    assert (report.new_identifiers, report.changed_markings) == (0, 0)
    assert versions == [delta.version(settings.lake.vault(name)) for name in ("alias", "marking")]
