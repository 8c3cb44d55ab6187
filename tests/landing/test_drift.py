"""When a source changes its files: a new column is told of, a renamed one stops the file, a wider type is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from dia_assets.contracts import DatasetContract, Format
from dia_assets.errors import DiaError
from dia_assets.landing import damage
from dia_assets.landing.unknown import proposed_contract
from dia_assets.ledger import Notes
from dia_assets.proposals import guessed_type, snake_case

from .support import ENROLMENTS, LESSONS, Landing
from .test_excel import HEADING, xlsx


def notes(landing: Landing, dataset: DatasetContract) -> Notes:
    return landing.ledger.deliveries(dataset.key)[-1].notes


def with_format(**changes: object) -> DatasetContract:
    return LESSONS.model_copy(update={"format": LESSONS.format.model_copy(update=changes)})


def test_a_new_column_is_told_of_with_a_block_for_the_contract_and_not_taken(landing: Landing) -> None:
    text = "Enhet;Dag;Minuter;Klass;Anm;Antal närvarande\n00000001;2026-06-01;40;7A;;23\n"
    landing.take_in(LESSONS, "lessons_1.csv", text)
    found = notes(landing, LESSONS)
    assert any("Antal närvarande" in line for line in found.warnings_sv)
    [block] = yaml.safe_load(found.proposals[0])
    meta = block["config"]["meta"]["dia"]
    assert (block["name"], meta["source"], meta["type"]) == ("antal_narvarande", "Antal närvarande", "integer")
    assert meta["classification"] == "personal", "until somebody has said that it is not"
    assert "antal_narvarande" not in landing.rows(LESSONS)[0]


def test_a_proposal_never_quotes_what_stands_in_the_cells(landing: Landing) -> None:
    landing.take_in(LESSONS, "lessons_1.csv", "Enhet;Dag;Minuter;Klass;Anm;Namn\n00000001;2026-06-01;40;7A;;HEMLIGT\n")
    assert "HEMLIGT" not in json.dumps([*notes(landing, LESSONS).proposals, *notes(landing, LESSONS).warnings_sv])


def test_values_that_no_longer_fit_are_counted_by_column_and_a_wider_type_is_shown(landing: Landing) -> None:
    whole = LESSONS.model_copy(
        update={"columns": tuple(c.model_copy(update={"type": "integer"}) if c.name == "minutes" else c
                                 for c in LESSONS.columns)}
    )  # fmt: skip
    rows = "".join(f"00000001;2026-06-{day:02};{'40,5' if day < 3 else '40'};7A;\n" for day in range(1, 29))
    landing.take_in(whole, "lessons_1.csv", f"Enhet;Dag;Minuter;Klass;Anm\n{rows}")
    found = notes(landing, whole)
    assert found.unparsable == {"minutes": 2}
    assert any("Minuter" in line and "ett tal" in line for line in found.warnings_sv)
    assert "type: decimal" in found.proposals[0]


def test_values_that_fit_no_wider_type_than_text_lead_to_no_proposal(landing: Landing) -> None:
    rows = "00000001;2026-06-01;40;7A;\n00000001;2026-06-02;sjuk;7A;\n00000001;2026-06-03;40;7A;\n"
    landing.take_in(LESSONS, "lessons_1.csv", f"Enhet;Dag;Minuter;Klass;Anm\n{rows}")
    assert notes(landing, LESSONS).unparsable == {"minutes": 1}
    assert notes(landing, LESSONS).proposals == ()


def test_a_new_attribute_in_json_is_told_of_once(landing: Landing) -> None:
    def persons(**more: object) -> str:
        enrolment = {"at": {"id": "u"}, "startDate": "2026-08-17", **more}
        return json.dumps({"data": [{"id": "p", "enrolments": [enrolment]}]})

    landing.take_in(ENROLMENTS, "persons_1.json", persons())
    assert notes(landing, ENROLMENTS).proposals == (), "the first delivery sets what is known"
    landing.take_in(ENROLMENTS, "persons_2.json", persons(specialNeed=1))
    assert "name: special_need" in notes(landing, ENROLMENTS).proposals[0]
    landing.take_in(ENROLMENTS, "persons_3.json", persons(specialNeed=2))
    assert notes(landing, ENROLMENTS).proposals == ()


@pytest.mark.parametrize(("sign", "word"), [(",", "komma"), ("\t", "tabb")])
def test_another_delimiter_is_named(landing: Landing, sign: str, word: str) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", f"{sign.join(['Enhet', 'Dag', 'Minuter', 'Klass', 'Anm'])}\n")
    assert refusal.rule == "wrong_delimiter"
    assert word in refusal.reason_sv and "semikolon" in refusal.reason_sv


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_a_contract_may_leave_the_delimiter_to_the_file(landing: Landing, sign: str) -> None:
    auto = with_format(delimiter="auto", decimal=".")
    rows = [["Enhet", "Dag", "Minuter", "Klass", "Anm"], ["00000001", "2026-06-01", "40", "7A", ""]]
    landing.take_in(auto, "lessons_1.csv", "".join(f"{sign.join(row)}\n" for row in rows))
    assert [row["minutes"] for row in landing.rows(auto)] == ["40"]


def test_excels_unicode_text_is_read_where_the_contract_allows_it(landing: Landing) -> None:
    wide = with_format(delimiter="\t", encodings=("utf-8", "utf-16"))
    text = "Enhet\tDag\tMinuter\tKlass\tAnm\r\n00000001\t2026-06-01\t40\t7Å\t\r\n"
    landing.take_in(wide, "lessons_1.csv", text.encode("utf-16"))
    assert [row["label"] for row in landing.rows(wide)] == ["7Å"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [("00000001;46174;40;7A;", damage.DATE_NUMBER), ("1,0E+07;2026-06-01;40;7A;", damage.SCIENTIFIC)],
)
def test_excels_damage_is_recognised_in_text_files_too(landing: Landing, line: str, rule: str) -> None:
    good = "00000001;2026-06-02;40;7A;\n"
    landing.take_in(LESSONS, "lessons_1.csv", f"Enhet;Dag;Minuter;Klass;Anm\n{line}\n{good}")
    assert [bad["rule"] for bad in landing.quarantined(LESSONS)] == [rule]


def test_dates_in_several_forms_are_read_by_the_contracts_formats(landing: Landing) -> None:
    several = LESSONS.model_copy(
        update={"columns": tuple(c.model_copy(update={"formats": ("%d/%m/%Y", "%Y%m%d")}) if c.name == "day" else c
                                 for c in LESSONS.columns)}
    )  # fmt: skip
    days = ("2026-06-01", "02/06/2026", "20260603", "2026-13-01")
    rows = "".join(f"00000001;{day};40;7A;\n" for day in days)
    landing.take_in(several, "lessons_1.csv", f"Enhet;Dag;Minuter;Klass;Anm\n{rows}")
    assert [row["day"] for row in landing.rows(several)] == list(days[:3])
    assert [bad["rule"] for bad in landing.quarantined(several)] == ["wrong_type"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [(["1", "20"], "integer"), (["1", "2,5"], "decimal"), (["0381"], "text"), (["2026-06-01"], "date"), ([], "text"),
     (["08:20"], "time"), (["Ja", "nej"], "boolean"), (["1", "x"], "text"), ([1.0, 2.5], "decimal")],
)  # fmt: skip
def test_a_type_is_guessed_and_a_code_with_leading_zeros_is_no_number(values: list[object], kind: str) -> None:
    assert guessed_type(values) == kind


def test_names_become_english_letters() -> None:
    assert [snake_case(n) for n in ("Årskurs (ÅK)", "schoolYear", "Undv. tid", "1:a val")] == [
        "arskurs_ak", "school_year", "undv_tid", "column_1_a_val",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.csv", "Enhet;Värde\n1;2,5\n".encode("cp1252"), "cp1252"),
        ("a.tsv", b"Enhet\tVarde\n1\t2\n", "\\t"),
        ("a.xlsx", xlsx([["Titel"], HEADING, ["1"] * 7]), "header_row: 2"),
        ("a.json", b'{"data": [{"id": "SECRET", "startDate": "2026-06-01"}]}', "data[*]"),
    ],
)
def test_a_file_that_nobody_knows_gets_a_contract_proposed(
    tmp_path: Path, name: str, content: bytes, form: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    text = proposed_contract(path, "enkat", "answer")
    table = yaml.safe_load(text)["sources"][0]["tables"][0]
    assert form in text and "SECRET" not in text
    assert len(table["columns"]) >= 2
    Format(**table["config"]["meta"]["dia"]["format"])


def test_what_has_no_columns_gets_a_sentence_instead(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("bara text\n", encoding="utf-8")
    with pytest.raises(DiaError, match="no columns"):
        proposed_contract(path, "a", "b")
