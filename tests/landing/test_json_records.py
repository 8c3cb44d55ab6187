"""How records become rows: nested lists, attributes of the record around, lists kept as JSON."""

from __future__ import annotations

import json

from dia_assets.contracts import load_contracts
from dia_assets.synthetic import generate

from .support import ENROLMENTS, Landing

PERSONS = {
    "data": [
        {
            "id": "p1",
            "enrolments": [
                {"at": {"id": "u1"}, "startDate": "2025-08-18", "forms": ["GR", "FTH"], "addresses": [{"town": "Öl"}]},
                {"at": {"id": "u2"}, "startDate": None, "forms": None},
            ],
        },
        {"id": "p2"},
        {"id": "p3", "enrolments": [{"at": {"id": "u1"}, "startDate": "ingen dag"}, {"at": None}]},
    ]
}


def _file(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def test_nested_records_become_rows_with_what_is_around_them(landing: Landing) -> None:
    _, candidate = landing.read(ENROLMENTS, "persons.json", _file(PERSONS))
    rows = landing.candidate_rows(candidate)
    assert [(row["person"], row["unit"], row["start"], row["_row"]) for row in rows] == [
        ("p1", "u1", "2025-08-18", 1),
        ("p1", "u2", None, 2),
    ]
    assert json.loads(rows[0]["forms"]) == ["GR", "FTH"] and rows[0]["place"] == "Öl"
    assert rows[1]["forms"] is None


def test_records_that_cannot_be_read_are_quarantined(landing: Landing) -> None:
    _, candidate = landing.read(ENROLMENTS, "persons.json", _file(PERSONS))
    bad = landing.bad_rows(candidate)
    assert [(row["_row"], row["rule"]) for row in bad] == [(3, "wrong_type"), (4, "missing_required")]
    assert (candidate.rows_read, candidate.rows_kept, candidate.rows_quarantined) == (4, 2, 2)
    assert "ingen dag" not in bad[0]["reason_sv"] and json.loads(bad[0]["record"])["start"] == "ingen dag"


def test_only_the_contracts_attributes_are_kept_of_a_quarantined_record(landing: Landing) -> None:
    people = {"data": [{"id": "p", "enrolments": [{"at": {"id": "u"}}, {"at": {}, "remark": "KANARIEFAGEL"}]}]}
    _, candidate = landing.read(ENROLMENTS, "persons.json", _file(people))
    assert "KANARIEFAGEL" not in str(landing.bad_rows(candidate))


def test_a_byte_order_mark_and_decomposed_letters_are_read(landing: Landing) -> None:
    people = {"data": [{"id": "A\u030a", "enrolments": [{"at": {"id": "u"}}]}]}
    _, candidate = landing.read(ENROLMENTS, "persons.json", _file(people).encode("utf-8-sig"))
    assert landing.candidate_rows(candidate)[0]["person"] == "Å"


def test_an_empty_list_is_a_delivery_of_no_rows(landing: Landing) -> None:
    candidate = landing.take_in(ENROLMENTS, "persons.json", '{"data": [], "pageToken": null}')
    assert candidate.rows_read == 0 and landing.rows(ENROLMENTS) == []


def test_every_record_of_the_synthetic_register_is_read(landing: Landing) -> None:
    source = landing.inbox.parent / "municipality"
    generate("one_unit", source)
    content = (source / "extracts" / "ss12000" / "persons.json").read_text(encoding="utf-8")
    people = json.loads(content)["data"]
    for name, count in (
        ("person", len(people)),
        ("enrolment", sum(len(person.get("enrolments") or []) for person in people)),
        ("responsible", sum(len(person.get("responsibles") or []) for person in people)),
    ):
        dataset = load_contracts()[f"ss12000.{name}"]
        _, candidate = landing.read(dataset, "persons.json", content)
        assert (candidate.rows_read, candidate.rows_quarantined) == (count, 0)
