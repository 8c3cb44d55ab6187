"""The synthetic municipality's upper secondary school through the models: each pupil's result is what was put in."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dia_assets.synthetic import upper_secondary_results as results
from dia_assets.synthetic.population import build_world
from dia_assets.synthetic.presets import PRESETS
from dia_assets.synthetic.register import organisations, persons
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.upper_secondary_extract import write_upper_secondary
from dia_assets.synthetic.world import World
from tests.dbt.lake import Lake

DATASETS = {"gybetyg": "gymnasiebetyg.course_grade", "gyexamen": "gymnasiebetyg.final_certificate"}
TODAY = "2026-06-04"


class Taken:
    """What went in, and the lakehouse with the facts."""

    def __init__(self, folder: Path) -> None:
        self.world: World = build_world(PRESETS["tiny"], 5)
        self.truth = Truth()
        write_upper_secondary(self.world, folder / "extracts", self.truth)
        self.lake = Lake(folder)
        self.disturbed: set[str] = set()
        for file in sorted((folder / "extracts").iterdir()):
            self._deliver(file)
        self._deliver_register()
        self.lake.build(TODAY, only=["fct_upper_secondary_grade", "fct_diploma", "fct_gy_cohort"])

    def _deliver(self, file: Path) -> None:
        contract = self.lake.contracts[DATASETS[file.stem.split("_")[0]]]
        source = {str(column.source): column.name for column in contract.columns}
        encoding = "utf-8-sig" if file.stem.startswith("gybetyg") else "cp1252"
        heading, *lines = file.read_text(encoding=encoding).splitlines()
        names = [source[cell] for cell in heading.split(";")]
        rows: list[dict[str, Any]] = []
        protected = {s.pupil.number for s in self.world.studies if s.pupil.is_protected}
        for line in lines:
            cells = dict(zip(names, line.split(";"), strict=True))
            number = cells["person_number"]
            rows.append(
                {
                    **cells,
                    "spring_year": file.stem.split("_")[1],
                    "_person": number,
                    "_is_protected": number in protected,
                }
            )
        defects = [entry for entry in self.truth.defects() if entry["file"] == file.name]
        changed = {row for entry in defects for row in entry["rows"]}
        self.disturbed |= {rows[row - 1]["person_number"] for row in changed}
        wrong = [entry["rows"] for entry in defects if entry["defect"] == "number_wrong_check_digit"]
        for row in {row for found in wrong for row in found}:  # whose row it was: the digit was raised by one
            number = rows[row - 1]["person_number"]
            self.disturbed.add(number[:-1] + str((int(number[-1]) - 1) % 10))
        self.lake.deliver(contract.key, rows, load=len(self.lake.rows[contract.key]) + 1)

    def _deliver_register(self) -> None:
        units = [row for row in organisations(self.world) if "schoolUnitCode" in row]
        self.lake.deliver(
            "ss12000.organisation",
            [
                {
                    "organisation_id": row["id"], "organisation_type": "Skolenhet", "display_name": row["displayName"],
                    "school_unit_code": row["schoolUnitCode"], "municipality_code": "0381",
                }
                for row in units
            ],
        )  # fmt: skip
        people, enrolments = [], []
        # also who is marked on references alone: telling so is the vault's work, and not tried here
        protected = {s.pupil.person_id for s in self.world.studies if s.pupil.is_protected}
        for person in persons(self.world):
            if not person.get("enrolments"):
                continue
            number = person.get("civicNo", {}).get("value", person["id"]).replace("-", "")
            base = {"_person": number, "_is_protected": person["id"] in protected}
            people.append({**base, "person_id": person["id"], "sex": person["sex"]})
            enrolments += [
                {
                    **base, "person_id": person["id"], "organisation_id": row["enroledAt"]["id"],
                    "school_type": row["schoolType"], "school_year": str(row["schoolYear"]),
                    "start_date": row["startDate"], "end_date": row.get("endDate", ""),
                    "education_code": row.get("educationCode", ""),
                }
                for row in person["enrolments"]
            ]  # fmt: skip
        self.lake.deliver("ss12000.person", people)
        self.lake.deliver("ss12000.enrolment", enrolments)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    return Taken(tmp_path_factory.mktemp("upper"))


def test_grade_points_and_diplomas_are_those_of_the_generator(taken: Taken) -> None:
    expected = taken.truth.facts["expected"]["grade_points"]
    found = {
        row["person_key"]: row
        for row in taken.lake.query("select * from marts.fct_diploma where is_counted")
        if row["person_key"] not in taken.disturbed
    }
    undisturbed = {number: entry for number, entry in expected.items() if number not in taken.disturbed}
    assert set(found) == set(undisturbed)
    assert len(found) > 15
    for number, entry in undisturbed.items():
        row = found[number]
        assert row["grade_points"] == pytest.approx(entry["points"], abs=1e-5)
        assert (row["spring_year"], row["is_diploma"]) == (entry["spring"], entry["kind"] == results.DIPLOMA)
        assert row["meets_diploma_rules"] == row["is_diploma"]
        assert (row["graded_credits"], row["averaged_credits"]) == (2500, 2400)


def test_the_cohort_is_of_those_who_began_and_answers_only_when_the_time_is_over(taken: Taken) -> None:
    began: dict[str, set[str]] = defaultdict(set)
    for studies in taken.world.studies:
        national = [year for year in studies.years if results.kind_of(year.programme) != results.INTRODUCTION]
        if studies.is_former and national and not studies.pupil.is_protected:
            began[f"{national[0].autumn}/{(national[0].autumn + 1) % 100:02d}"].add(studies.pupil.number)
    rows = taken.lake.query("select * from marts.fct_gy_cohort where is_first_national_start")
    for school_year in ("2020/21", "2021/22", "2022/23"):
        assert {row["person_key"] for row in rows if row["start_school_year"] == school_year} == began[school_year]
    known = {
        school_year: (
            {row["has_diploma_in_3_years"] is not None for row in rows if row["start_school_year"] == school_year},
            {row["has_diploma_in_4_years"] is not None for row in rows if row["start_school_year"] == school_year},
        )
        for school_year in ("2021/22", "2022/23", "2023/24")
    }
    assert known == {"2021/22": ({True}, {True}), "2022/23": ({True}, {False}), "2023/24": ({False}, {False})}


def test_who_has_a_diploma_in_three_years_is_who_got_it_in_the_third_spring(taken: Taken) -> None:
    expected = taken.truth.facts["expected"]["grade_points"]
    rows = taken.lake.query("select * from marts.fct_gy_cohort where has_diploma_in_3_years is not null")
    rows = [row for row in rows if row["person_key"] not in taken.disturbed and row["is_first_national_start"]]
    for row in rows:
        entry = expected.get(row["person_key"])
        in_time = bool(entry) and entry["kind"] == results.DIPLOMA and entry["spring"] <= row["ends_on_3_years"].year
        assert row["has_diploma_in_3_years"] == in_time
    assert {row["has_diploma_in_3_years"] for row in rows} == {True, False}


def test_a_protected_pupil_is_in_no_fact(taken: Taken) -> None:
    protected = {s.pupil.number for s in taken.world.studies if s.pupil.is_protected}
    assert protected
    for fact in ("fct_upper_secondary_grade", "fct_diploma", "fct_gy_cohort"):
        keys = {row["person_key"] for row in taken.lake.query(f"select distinct person_key from marts.{fact}")}
        assert keys and not keys & protected, fact


def test_subject_grades_stand_beside_courses_without_a_certificate(taken: Taken) -> None:
    rows = taken.lake.query(
        "select grades.grade_kind, count(*) filter (where grades.is_counted) as counted,"
        " count(distinct diplomas.person_key) as leavers from marts.fct_upper_secondary_grade as grades"
        " left join marts.fct_diploma as diplomas using (person_key)"
        " group by grades.grade_kind order by grades.grade_kind"
    )
    assert [row["grade_kind"] for row in rows] == ["course", "subject"]
    assert rows[0]["leavers"] > 0 and rows[1]["leavers"] == 0 and rows[1]["counted"] > 0
