"""Every rule that refuses a whole delivery, with a text that says what to do and quotes no cell."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable

import pytest

from dia_assets.errors import DeliveryRefused
from dia_assets.landing import raw

from .support import ATTENDANCE, ENROLMENTS, GRADES, LESSONS, YEARLY, Landing

Text = Callable[..., str]
GOOD = "00000001;2026-06-01;60;9A;inget"


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lektionsnarvaro.csv", content)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"Enhet;Dag;Minuter;Klass;Anm\n"])
def test_an_empty_file_is_refused(landing: Landing, content: bytes) -> None:
    assert landing.refusal(LESSONS, "lessons_1.csv", content).rule == "empty_file"


@pytest.mark.parametrize(
    ("content", "word"),
    [(_zip(b"0" * 9_000_000), "zip"), (gzip.compress(b"text", mtime=0), "gzip"), (b"7z\xbc\xaf..", "7-zip")],
)
def test_an_archive_is_refused_and_never_unpacked(landing: Landing, content: bytes, word: str) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", content)
    assert refusal.rule == "archive" and word in refusal.reason_sv


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1", random.Random(1).randbytes(5000), b"Enhet;Dag\x00\nx;y\n"]
)
def test_what_is_no_text_is_refused(landing: Landing, content: bytes) -> None:
    assert landing.refusal(LESSONS, "lessons_1.csv", content).rule == "not_text"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(landing: Landing, lessons_file: Text, encoding: str) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", lessons_file(GOOD).encode(encoding))
    assert refusal.rule == "wrong_encoding" and "UTF-16" in refusal.reason_sv


def test_an_encoding_that_the_contract_does_not_allow_is_named(landing: Landing) -> None:
    refusal = landing.refusal(ENROLMENTS, "persons.json", '{"data": ["Åsa Öst"]}'.encode("cp1252"))
    assert refusal.rule == "wrong_encoding" and "cp1252" in refusal.reason_sv and "UTF-8" in refusal.remedy_sv


def test_text_that_was_encoded_twice_is_refused(landing: Landing, lessons_file: Text) -> None:
    twice = lessons_file("00000001;2026-06-01;60;Örsundsbro å;").encode().decode("cp1252").encode()
    refusal = landing.refusal(LESSONS, "lessons_1.csv", twice)
    assert refusal.rule == "wrong_encoding" and "förvanskade" in refusal.reason_sv


def test_a_renamed_column_refuses_the_delivery_and_proposes_its_new_name(landing: Landing) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", "Enhet;Dag;Min;Klass;Anm\n" + GOOD + "\n")
    assert refusal.rule == "header_mismatch"
    assert "”Minuter”" in refusal.reason_sv and "”Minuter” heter kanske nu ”Min”" in refusal.remedy_sv


def test_a_column_that_comes_twice_refuses_the_delivery(landing: Landing) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", "Enhet;Dag;Minuter;Klass;Dag\n" + GOOD + "\n")
    assert refusal.rule == "header_mismatch" and "”Dag” finns mer än en gång" in refusal.reason_sv


def test_a_file_without_header_must_have_the_contracts_number_of_columns(landing: Landing) -> None:
    refusal = landing.refusal(GRADES, "betyg_ak9_2025_00000001.txt", ";".join(["x"] * 31) + "\r\n")
    assert refusal.rule == "header_mismatch" and "31" in refusal.reason_sv and "33" in refusal.reason_sv


def test_a_file_cut_off_in_a_row_is_refused(landing: Landing, lessons_file: Text) -> None:
    assert landing.refusal(LESSONS, "lessons_1.csv", lessons_file(GOOD) + "00000001;2026-0").rule == "truncated"


def test_a_file_cut_off_in_a_json_record_is_refused(landing: Landing) -> None:
    assert landing.refusal(ENROLMENTS, "persons.json", '{"data": [{"id": "1", "enrol').rule == "truncated"


def test_broken_json_is_refused_with_its_place_but_not_its_text(landing: Landing) -> None:
    refusal = landing.refusal(ENROLMENTS, "persons.json", '{"data": [\n{"id": hemligt}]}')
    assert refusal.rule == "not_json" and "rad 2" in refusal.reason_sv and "hemligt" not in refusal.reason_sv


def test_json_without_its_list_of_records_is_refused(landing: Landing) -> None:
    refusal = landing.refusal(ENROLMENTS, "persons.json", '{"dataset": []}')
    assert refusal.rule == "header_mismatch" and "”data” heter kanske nu ”dataset”" in refusal.reason_sv


def test_a_required_attribute_that_no_record_has_refuses_the_delivery(landing: Landing) -> None:
    refusal = landing.refusal(
        ENROLMENTS, "persons.json", '{"data": [{"id": "1", "enrolments": [{"unitAt": {"id": "u"}}]}]}'
    )
    assert refusal.rule == "header_mismatch" and "”at.id”" in refusal.reason_sv and "unitAt" in refusal.reason_sv


def test_too_many_unreadable_rows_refuse_the_delivery(landing: Landing, lessons_file: Text) -> None:
    bad = "00000001;2026-06-01;sexhemligt;9A;"
    refusal = landing.refusal(LESSONS, "lessons_1.csv", lessons_file(*[GOOD] * 20, *[bad] * 6))
    assert refusal.rule == "too_many_unreadable"
    assert "6 av 26" in refusal.reason_sv and "”Minuter”" in refusal.reason_sv and "hemligt" not in refusal.reason_sv


def test_a_few_unreadable_rows_of_a_small_file_do_not_refuse_it(landing: Landing, lessons_file: Text) -> None:
    _, candidate = landing.read(LESSONS, "lessons_1.csv", lessons_file(GOOD, "00000001;nej;60;9A;"))
    assert (candidate.rows_kept, candidate.rows_quarantined) == (1, 1)


def test_a_file_of_unreadable_rows_alone_is_refused(landing: Landing, lessons_file: Text) -> None:
    refusal = landing.refusal(LESSONS, "lessons_1.csv", lessons_file("00000001;nej;60;9A;"))
    assert refusal.rule == "too_many_unreadable"


def test_last_years_file_under_this_years_name_is_refused(landing: Landing) -> None:
    content = "".join(f"1;pupil{n};A\n" for n in range(50))
    landing.take_in(YEARLY, "grades_2025_1.txt", content)
    with pytest.raises(DeliveryRefused) as caught:
        landing.read(YEARLY, "grades_2026_1.txt", content)
    assert caught.value.rule == "resent_content" and "grades_2025_1.txt" in caught.value.reason_sv


def test_last_years_file_with_a_row_changed_is_refused_too(landing: Landing) -> None:
    rows = [f"1;pupil{n};A\n" for n in range(100)]
    landing.take_in(YEARLY, "grades_2025_1.txt", "".join(rows))
    with pytest.raises(DeliveryRefused) as caught:
        landing.read(YEARLY, "grades_2026_1.txt", "".join([*rows[:99], "1;pupil99;B\n"]))
    assert caught.value.rule == "resent_content"


def test_another_schools_file_and_another_years_results_are_not_taken_for_resent_ones(landing: Landing) -> None:
    content = "".join(f"1;pupil{n};A\n" for n in range(50))
    landing.take_in(YEARLY, "grades_2025_1.txt", content)
    landing.take_in(YEARLY, "grades_2026_1.txt", content.replace("pupil", "other"))
    assert len(landing.rows(YEARLY)) == 100


def test_a_correction_of_the_same_year_is_not_taken_for_a_resent_file(landing: Landing) -> None:
    content = "".join(f"1;pupil{n};A\n" for n in range(50))
    landing.take_in(YEARLY, "grades_2025_1.txt", content)
    landing.take_in(YEARLY, "grades_2025_1.txt", content.replace("pupil0;A", "pupil0;B"))
    assert len(landing.rows(YEARLY)) == 100


def test_a_register_that_suddenly_is_empty_is_refused(landing: Landing) -> None:
    assert landing.take_in(ENROLMENTS, "persons.json", '{"data": []}').rows_read == 0
    landing.take_in(ENROLMENTS, "persons.json", '{"data": [{"id": "1", "enrolments": [{"at": {"id": "u"}}]}]}')
    with pytest.raises(DeliveryRefused) as caught:
        landing.read(ENROLMENTS, "persons.json", '{"data": [ ]}')
    assert caught.value.rule == "empty_file"


def test_a_refused_delivery_leaves_raw_as_it_was(landing: Landing, lessons_file: Text) -> None:
    landing.take_in(LESSONS, "lessons_1.csv", lessons_file(GOOD))
    before = landing.rows(LESSONS)
    delivery, _ = landing.read(LESSONS, "lessons_2.csv", lessons_file(GOOD, GOOD))
    raw.refuse(landing.lake, landing.ledger, LESSONS, delivery, DeliveryRefused("a_rule", "Skäl.", "Åtgärd."))
    assert landing.rows(LESSONS) == before
    assert landing.ledger.deliveries(status="refused")[0].reason_sv == "Skäl."
    assert len(list(landing.lake.raw(LESSONS).glob("*.parquet"))) == 1


def test_attendance_whose_header_lost_its_swedish_letters_is_refused(landing: Landing) -> None:
    names = ";".join(column.source or "" for column in ATTENDANCE.columns)
    content = names.replace("ä", "?").replace("å", "?").replace("Ä", "?") + "\n"
    assert landing.refusal(ATTENDANCE, "lektionsnarvaro_2026-06.csv", content).rule == "header_mismatch"
