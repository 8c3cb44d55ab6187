"""Upper secondary school: cohorts, grades and certificates are believable, and follow the law's conditions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dia_assets.synthetic import upper_secondary_results as results
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.upper_secondary import FIRST_OF_GY25
from dia_assets.synthetic.upper_secondary_extract import CERTIFICATES_HEADER, GRADES_HEADER
from synthetic.reading import register, text_of


def rows_of(tiny: Path, kind: str) -> dict[str, list[dict[str, str]]]:
    files = {}
    for file in sorted((tiny / "extracts" / "gymnasiebetyg").glob(f"{kind}_*.csv")):
        heading, *lines = text_of(file).lstrip("\ufeff").splitlines()
        files[file.name] = [dict(zip(heading.split(";"), line.split(";"), strict=True)) for line in lines]
    return files


def test_a_large_sample_has_the_figures_of_the_country() -> None:
    points, diplomas, in_three, in_four = results.simulate(20_000, np.random.default_rng(3))
    assert 13.9 < points < 14.4
    assert 0.88 < diplomas < 0.92
    assert 0.78 < in_three < 0.83
    assert 0.015 < in_four - in_three < 0.04


@pytest.mark.parametrize("programme", ["NANAT00", "SASAM00", "BABYG0S"])
def test_a_programme_is_2500_credits_of_different_courses_with_a_project(programme: str) -> None:
    read = results.courses(programme)
    assert sum(course.credits for course in read) == 2500
    assert len({course.code for course in read}) == len(read)
    assert [course.credits for course in read if course.category == results.PROJECT] == [100]
    assert sum(course.credits for course in read if course.category == results.PROGRAMME) == 400


@pytest.mark.parametrize(
    ("programme", "failed", "kind"),
    [
        ("BABYG0S", (), results.DIPLOMA),
        ("BABYG0S", ("SVESVE01",), results.STUDY_CERTIFICATE),
        ("BABYG0S", ("BAGKUR01",), results.STUDY_CERTIFICATE),
        ("BABYG0S", ("GYARBA",), results.STUDY_CERTIFICATE),
        ("BABYG0S", ("BAIKUR01", "RELREL01"), results.DIPLOMA),
        ("BABYG0S", ("BAIKUR01", "BAIKUR04"), results.STUDY_CERTIFICATE),
        ("SASAM00", ("SAGKUR01",), results.DIPLOMA),
        ("SASAM00", ("SVESVE03",), results.STUDY_CERTIFICATE),
        ("SASAM00", ("ENGENG06",), results.STUDY_CERTIFICATE),
        ("SASAM00", ("MATMAT02b",), results.DIPLOMA),
    ],
)
def test_a_certificate_follows_from_the_grades(programme: str, failed: tuple[str, ...], kind: str) -> None:
    read = results.courses(programme)
    assert set(failed) <= {course.code for course in read}
    grades = ["F" if course.code in failed else "E" for course in read]
    assert results.certificate(programme, read, grades) == kind


def test_course_and_subject_grades_stand_side_by_side_and_only_courses_end_in_certificates(tiny: Path) -> None:
    grades = rows_of(tiny, "gybetyg")
    assert all(list(row) == GRADES_HEADER.split(";") for rows in grades.values() for row in rows)
    kinds = {name: Counter(row["Betygstyp"] for row in rows) for name, rows in grades.items()}
    assert set(kinds["gybetyg_2026.csv"]) == {"KURS", "ÄMNE"}
    assert all(set(found) == {"KURS"} for name, found in kinds.items() if name < "gybetyg_2026.csv")
    began = {row["Personnummer"] for row in grades["gybetyg_2026.csv"] if row["Betygstyp"] == "ÄMNE"}
    certificates = rows_of(tiny, "gyexamen")
    assert all(list(row) == CERTIFICATES_HEADER.split(";") for rows in certificates.values() for row in rows)
    assert not began & {row["Personnummer"] for rows in certificates.values() for row in rows}
    assert all(row["Utfärdat"] < "2026" for rows in certificates.values() for row in rows)


def test_who_has_left_is_in_the_register_with_every_year_and_is_no_pupil_of_today(tiny: Path) -> None:
    world = build_world(PRESETS["tiny"], 7)
    persons = {person["id"]: person for person in register(tiny, "persons")}
    former = [studies for studies in world.studies if studies.is_former]
    assert len(former) == 3 * 18
    for studies in former:
        enrolments = persons[studies.pupil.person_id]["enrolments"]
        assert [row["educationCode"] for row in enrolments] == [year.programme for year in studies.years]
        assert all(row["endDate"] < "2025-07-01" for row in enrolments)
    assert {studies.years[0].autumn for studies in world.studies} == set(range(2020, FIRST_OF_GY25 + 1))


def test_a_protected_pupil_of_earlier_years_is_marked_and_carries_the_canary(
    tiny: Path, tiny_truth: dict[str, Any]
) -> None:
    [entry] = tiny_truth["protected_former"]
    persons = {person["id"]: person for person in register(tiny, "persons")}
    assert persons[entry["person_id"]]["securityMarking"] != "Ingen"
    for kind in ("gybetyg", "gyexamen"):
        own = [row for rows in rows_of(tiny, kind).values() for row in rows]
        own = [row for row in own if row["Personnummer"] == entry["person_number"]]
        assert own and all("KANARIEFAGEL7Q" in row["Anmärkning"] for row in own), kind


def test_the_truth_has_the_grade_points_of_each_who_got_a_certificate(tiny_truth: dict[str, Any]) -> None:
    expected = tiny_truth["expected"]["grade_points"]
    kinds = Counter(entry["kind"] for entry in expected.values())
    assert kinds[results.DIPLOMA] > kinds[results.STUDY_CERTIFICATE] > 0
    assert all(0 <= entry["points"] <= 20 for entry in expected.values())
