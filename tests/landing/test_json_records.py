"""How records become rows: nested lists, attributes of the record around, lists kept as JSON."""

from __future__ import annotations

import json

import pytest

from dia_assets.contracts import DatasetContract, Format, Load, load_contracts
from dia_assets.synthetic import generate

from .support import ENROLMENTS, Landing, column, contract

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


def _dataset(records: str, **sources: str) -> DatasetContract:
    columns = [column(name, source) for name, source in sources.items()]
    return contract(columns, r"thing.*\.json", Format(kind="json", records=records), Load(mode="upsert", key=("a",)))


def test_a_whole_document_is_one_record(landing: Landing) -> None:
    dataset = _dataset("$", a="data.code", b="included.name", c="list[0]")
    _, candidate = landing.read(
        dataset, "thing.json", '{"data": {"code": 1}, "included": {"name": "x"}, "list": ["y"]}'
    )
    assert [(row["a"], row["b"], row["c"]) for row in landing.candidate_rows(candidate)] == [("1", "x", "y")]


def test_a_list_inside_objects_is_read_and_the_objects_can_be_pointed_at(landing: Landing) -> None:
    dataset = _dataset("body._embedded.units[*]", a="code", b="^.self", c="^.^.page.total")
    text = '{"body": {"page": {"total": 2}, "_embedded": {"self": "s", "units": [{"code": "1"}, {"code": "2"}]}}}'
    _, candidate = landing.read(dataset, "thing.json", text)
    assert [(row["a"], row["b"], row["c"]) for row in landing.candidate_rows(candidate)] == [
        ("1", "s", "2"),
        ("2", "s", "2"),
    ]


def test_an_object_that_is_not_there_further_in_gives_no_records(landing: Landing) -> None:
    dataset = _dataset("body._embedded.units[*]", a="code")
    assert landing.take_in(dataset, "thing.json", '{"body": {"page": {"total": 0}}}').rows_read == 0


def test_every_attribute_of_an_object_can_be_a_record(landing: Landing) -> None:
    dataset = _dataset("body{*}.value[*]", a="^.key", b="value", c="period")
    cells = {"merit": [{"value": "1,5", "period": "2024/25"}, {"value": "..", "period": None}], "none": None}
    text = _file({"body": {**cells, "unit": "00000001", "odd.name": [{"value": "7"}]}})
    _, candidate = landing.read(dataset, "thing.json", text)
    assert [(row["a"], row["b"], row["c"]) for row in landing.candidate_rows(candidate)] == [
        ("merit", "1,5", "2024/25"),
        ("merit", "..", None),
        ("odd.name", "7", None),
    ]


@pytest.mark.parametrize(
    ("records", "text"), [("body{*}.value[*]", '{"bodies": {}}'), ("body.list[*]", '{"body": [1]}')]
)
def test_an_answer_without_the_object_that_holds_the_records_is_refused(
    landing: Landing, records: str, text: str
) -> None:
    refusal = landing.refusal(_dataset(records, a="code"), "thing.json", text)
    assert refusal.rule == "header_mismatch" and "objektet ”body”" in refusal.reason_sv
