"""How a delimited file becomes a candidate: nothing lost, nothing doubled, each row with its number in the file."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dia_assets.contracts import Format, Load, load_contracts
from dia_assets.errors import DeliveryRefused
from dia_assets.landing import lines, raw
from dia_assets.synthetic import generate

from .support import GRADES, LESSONS, YEARLY, Landing, column, contract

Text = Callable[..., str]
GOOD = "00000001;2026-06-01;60;9A;inget"
STATISTICS = load_contracts()["skolverket.final_grade_statistics"]


def test_every_stored_column_is_text_and_empty_is_null(landing: Landing, lessons_file: Text) -> None:
    candidate = landing.take_in(
        LESSONS, "lessons_1.csv", lessons_file("00000001;2026-06-01;42,5; 9A ;x", "00000001;2026-06-02;;;")
    )
    load = candidate.load
    where = {"_file": "lessons_1.csv", "_load": load}
    assert landing.rows(LESSONS) == [
        {"unit": "00000001", "day": "2026-06-01", "minutes": "42,5", "label": " 9A ", "_row": 1, **where},
        {"unit": "00000001", "day": "2026-06-02", "minutes": None, "label": None, "_row": 2, **where},
    ]


def test_a_dropped_column_is_stored_nowhere(landing: Landing, lessons_file: Text) -> None:
    ragged, wrong = "00000001;2026-06-01;60;9A;KANARIEFAGEL;x", "00000001;nej;60;9A;KANARIEFAGEL"
    landing.take_in(
        LESSONS, "lessons_1.csv", lessons_file(GOOD, ragged, wrong, "00000001;2026-06-01;60;9A;KANARIEFAGEL")
    )
    assert len(landing.quarantined(LESSONS)) == 2
    everything = str(landing.rows(LESSONS)) + str(landing.quarantined(LESSONS))
    assert "KANARIEFAGEL" not in everything
    files = [*landing.lake.raw(LESSONS).rglob("*"), *landing.lake.quarantine(LESSONS).rglob("*")]
    assert not any(b"KANARIEFAGEL" in file.read_bytes() for file in files if file.is_file())


@pytest.mark.parametrize(
    ("line", "rule", "named"),
    [
        ("00000001;2026-06-01;60", "field_count", "3 fält"),
        ("00000001;2026-06-01;60;9A;x;y", "field_count", "6 fält"),
        (";2026-06-01;60;9A;", "missing_required", "”Enhet”"),
        ("   ;2026-06-01;60;9A;", "missing_required", "”Enhet”"),
        ("1;2026-06-01;60;9A;", "wrong_pattern", "”Enhet”"),
        ("00000001;2026-06-31;60;9A;", "wrong_type", "”Dag”"),
        ("00000001;2026-06-01;många;9A;", "wrong_type", "”Minuter”"),
        ('00000001;2026-06-01;60;"9A;', "unclosed_quote", "citattecken"),
        ("00000001;2026-06-01;60;9\rA;", "control_character", "styrtecken"),
    ],
)
def test_a_row_that_cannot_be_read_is_quarantined_with_rule_and_reason(
    landing: Landing, lessons_file: Text, line: str, rule: str, named: str
) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, line, GOOD))
    assert [row["_row"] for row in landing.candidate_rows(candidate)] == [1, 3]
    (bad,) = landing.bad_rows(candidate)
    assert (bad["_row"], bad["rule"]) == (2, rule)
    assert named in bad["reason_sv"] and candidate.quarantined == {rule: 1}


def test_a_line_with_a_stray_zero_byte_is_quarantined(landing: Landing, lessons_file: Text) -> None:
    lines_before = [GOOD] * 100
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(*lines_before, "00000001;2026-06-01;60;9\0A;"))
    assert [(row["_row"], row["rule"]) for row in landing.bad_rows(candidate)] == [(101, "control_character")]


def test_the_record_of_a_quarantined_row_is_its_stored_columns(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, "00000001;nej;60;9A;x"))
    (bad,) = landing.bad_rows(candidate)
    assert json.loads(bad["record"]) == {"unit": "00000001", "day": "nej", "minutes": "60", "label": "9A"}
    assert candidate.unparsable == {"day": 1}


def test_a_ragged_line_is_kept_whole_where_nothing_must_be_dropped(landing: Landing) -> None:
    _, candidate = landing.read(YEARLY, "grades_2025_1.txt", "1;a;A\n1;b\n")
    assert landing.bad_rows(candidate)[0]["record"] == "1;b"


def test_bytes_in_another_encoding_than_the_rest_quarantine_their_line(landing: Landing) -> None:
    rows = "".join(f"00000001;2026-06-01;60;Åsgård {n};ö\n" for n in range(9)).encode()
    content = b"Enhet;Dag;Minuter;Klass;Anm\n" + rows + "00000001;2026-06-01;60;Å;\n".encode("cp1252")
    _, candidate = landing.read(LESSONS, "lessons_1.csv", content)
    assert [(row["_row"], row["rule"]) for row in landing.bad_rows(candidate)] == [(10, "invalid_bytes")]
    assert len(landing.candidate_rows(candidate)) == 9


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_contracts_encodings_and_both_line_ends_are_read(
    landing: Landing, lessons_file: Text, encoding: str, newline: str
) -> None:
    content = lessons_file("00000001;2026-06-01;60;Åk 9–Ö;", GOOD).replace("\n", newline).encode(encoding)
    _, candidate = landing.read(LESSONS, "lessons_1.csv", content)
    assert [row["label"] for row in landing.candidate_rows(candidate)] == ["Åk 9–Ö", "9A"]


def test_an_encoding_is_recognised_far_into_a_file(landing: Landing, lessons_file: Text) -> None:
    content = lessons_file(*[GOOD] * 50_000, "00000001;2026-06-01;60;Åk;").encode("cp1252")
    _, candidate = landing.read(LESSONS, "lessons_1.csv", content)
    assert landing.candidate_rows(candidate)[-1]["label"] == "Åk"


def test_letters_are_stored_composed(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file("00000001;2026-06-01;60;A\u030ak;", GOOD))
    assert landing.candidate_rows(candidate)[0]["label"] == "Åk"


def test_columns_may_come_in_another_order(landing: Landing) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", "Dag;Anm;Klass;Minuter;Enhet\n2026-06-01;x;9A;60;00000001\n")
    (row,) = landing.candidate_rows(candidate)
    assert (row["unit"], row["day"], row["minutes"], row["label"]) == ("00000001", "2026-06-01", "60", "9A")


def test_an_unknown_column_is_told_of_and_not_read(landing: Landing) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", "Enhet;Dag;Minuter;Klass;Anm;Mobil\n" + GOOD + ";070\n")
    assert "Mobil" in candidate.warnings_sv[0] and "070" not in str(landing.candidate_rows(candidate))


def test_quoted_fields_may_hold_the_delimiter(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file('00000001;2026-06-01;60;"9A; ""gamla""";'))
    assert landing.candidate_rows(candidate)[0]["label"] == '9A; "gamla"'


def test_an_unclosed_quote_takes_no_other_row_with_it(landing: Landing, lessons_file: Text) -> None:
    quoted = '00000001;2026-06-01;60;"9B";'
    _, candidate = landing.read(
        LESSONS, "lessons_1.csv", lessons_file(GOOD, '00000001;2026-06-01;60;"9A;', quoted, GOOD)
    )
    assert [row["label"] for row in landing.candidate_rows(candidate)] == ["9A", "9B", "9A"]


def test_a_quote_is_a_letter_where_the_format_has_none(landing: Landing) -> None:
    _, candidate = landing.read(YEARLY, "grades_2025_1.txt", '1;"a;A\n1;b";A\n')
    assert [row["pupil"] for row in landing.candidate_rows(candidate)] == ['"a', 'b"']


def test_blank_lines_are_no_rows_but_keep_their_numbers(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file("", GOOD, "  ", GOOD, ""))
    assert candidate.rows_read == 2
    assert [row["_row"] for row in landing.candidate_rows(candidate)] == [2, 4]


def test_a_last_line_without_line_end_is_a_row(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, GOOD).rstrip("\n"))
    assert candidate.rows_kept == 2


def test_what_the_file_name_says_becomes_a_column(landing: Landing) -> None:
    _, candidate = landing.read(YEARLY, "grades_2025_1.txt", "1;a;A\n")
    assert landing.candidate_rows(candidate)[0]["year"] == "2025"


def test_a_footer_is_not_read(landing: Landing) -> None:
    source = landing.inbox.parent / "municipality"
    generate("one_unit", source)
    name = "skolverket_slutbetyg_ak9_skolenhet_2024-25.csv"
    content = (source / "extracts" / "skolverket" / name).read_bytes()
    _, candidate = landing.read(STATISTICS, name, content)
    rows = landing.candidate_rows(candidate)
    assert candidate.rows_quarantined == 0 and len(rows) == 1714
    assert {row["school_year"] for row in rows} == {"2024-25"}
    assert rows[-1]["_row"] == 1714 and all(row["school_unit_code"] for row in rows)


def test_a_file_of_many_chunks_gives_the_same_as_one_of_one(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [f"00000001;2026-06-01;{n};9A;" for n in range(500)]
    content = lessons_file(*(line if n % 50 else line[:8] for n, line in enumerate(good, start=1)))
    _, whole = landing.read(LESSONS, "lessons_1.csv", content)
    expected = [(row["_row"], row["minutes"]) for row in landing.candidate_rows(whole)]
    monkeypatch.setattr(lines, "CHUNK", 300)
    _, many = landing.read(LESSONS, "lessons_2.csv", content + "\n")
    assert len(many.paths) > 20 and (many.rows_read, many.rows_quarantined) == (500, 10)
    assert [(row["_row"], row["minutes"]) for row in landing.candidate_rows(many)] == expected


def test_a_line_without_end_is_refused_before_memory_is_gone(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "CHUNK", 100)
    monkeypatch.setattr(lines, "LONGEST_LINE", 1000)
    assert landing.refusal(LESSONS, "lessons_1.csv", lessons_file(GOOD + "x" * 5000)).rule == "not_text"


def test_a_bad_file_is_given_up_as_soon_as_the_share_is_certain(
    landing: Landing, lessons_file: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "CHUNK", 2000)
    with pytest.raises(DeliveryRefused) as caught:
        landing.read(LESSONS, "lessons_1.csv", lessons_file(*["00000001;2026-06-01"] * 10_000))
    assert caught.value.rule == "too_many_unreadable" and " 10000 lästa" not in caught.value.reason_sv


ONE_COLUMN = contract(
    [column("value", "Värde", required=True)],
    r"single\.csv",
    Format(kind="delimited", header=True),
    Load(mode="append", key=("value",)),
)


def test_a_file_of_one_column_is_read(landing: Landing) -> None:
    _, candidate = landing.read(ONE_COLUMN, "single.csv", "Värde\na\n\nb\n")
    assert [(row["_row"], row["value"]) for row in landing.candidate_rows(candidate)] == [(1, "a"), (3, "b")]


GOODS = [GOOD] * 100
FIELD = st.text(alphabet='ab;"\r\0\x1a \tåA\u030a–,1', max_size=6)
LINE = st.one_of(st.just(GOOD), st.lists(FIELD, max_size=7).map(";".join), FIELD)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(["\r"], 40)
@example(['"', GOOD, '";"'], 40)
@example(["\x1a"], 40)
@example(["", "a\rb", GOOD], 400)
@given(st.lists(LINE, min_size=1, max_size=30), st.integers(100, 1500))
def test_rows_read_are_rows_kept_plus_rows_quarantined(landing: Landing, texts: list[str], chunk: int) -> None:
    landing.settings = landing.settings.model_copy(update={"max_quarantine_share": 1.0})
    nth = len(landing.ledger.deliveries()) + 1
    texts = [*GOODS, f"00000001;2026-06-01;{nth};9A;", *texts]
    content = "Enhet;Dag;Minuter;Klass;Anm\n" + "".join(f"{text}\n" for text in texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "CHUNK", chunk)
        try:
            _, candidate = landing.read(LESSONS, f"lessons_{nth}.csv", content)
        except DeliveryRefused:
            return  # more control characters than a text has
    numbers = [row["_row"] for row in landing.candidate_rows(candidate) + landing.bad_rows(candidate)]
    with_text = [number for number, text in enumerate(texts, start=1) if text.strip("\r \t\x0b\x0c")]
    assert sorted(numbers) == with_text
    assert candidate.rows_read == candidate.rows_kept + candidate.rows_quarantined == len(with_text)


def test_grades_of_the_synthetic_municipality_are_read_whole(landing: Landing) -> None:
    source = landing.inbox.parent / "municipality"
    generate("one_unit", source)
    for file in sorted((source / "extracts" / "scb").glob("betyg_ak9_*.txt")):
        content = file.read_bytes()
        _, candidate = landing.read(GRADES, file.name, content)
        assert candidate.rows_read == len(content.splitlines())


def test_a_candidate_is_not_part_of_raw(landing: Landing, lessons_file: Text) -> None:
    landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD))
    assert not (landing.lake.raw(LESSONS) / "_delta_log").exists()
    raw.clean_up(landing.lake, landing.ledger, LESSONS)
    assert not list(landing.lake.raw(LESSONS).glob("*.parquet"))
