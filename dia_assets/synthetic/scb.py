"""Writes the files that schools send to SCB: final grades of year 9, grades of year 6, national tests of year 3, 6, 9.

Headerless, semicolon-separated, one file per unit and spring year, in SCB's column order of 2025-12-10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dia_assets.synthetic import grading
from dia_assets.synthetic.national_tests import YEAR3_COLUMNS, YEAR6_COLUMNS, test_points, year3_cells, year6_cells
from dia_assets.synthetic.population import ANOMALY_BOYS, ANOMALY_TEST
from dia_assets.synthetic.scb_dirt import add_dirt
from dia_assets.synthetic.school_calendar import CANCELLED_TEST_YEARS
from dia_assets.synthetic.truth import EXCLUDE, Truth
from dia_assets.synthetic.world import Pupil, World

_HEAD = ("System", "Datum", "Version", "PersonNr", "Skolenhetskod")
_NAME = ("Klass", "Fornamn", "Efternamn")
_FIRST = ("BL", "EN", "HKK", "IDH", "MA", "M1_", "M1", "M2_", "M2", "ML_", "ML", "MU")
_LAST = ("SL", "SV", "SVA", "TN", "TK", "OVR")
_SCIENCE, _SOCIAL = ("BI", "FY", "KE"), ("GE", "HI", "RE", "SH")
# Columns that end in an underscore hold the language; the others grades.
COLUMNS = {
    "betyg_ak9": (*_HEAD, *_NAME, *_FIRST, *_SCIENCE, *_SOCIAL, *_LAST),
    "betyg_ak6": (*_HEAD, *_NAME, *_FIRST, "NO", *_SCIENCE, "SO", *_SOCIAL, *_LAST),
    "np_ak9": (
        *_HEAD, "MA_GRUPP", "MA_A_DELT", "MA_B_DELT", "MA_C_DELT", "MA_D_DELT", "MA_PROVB", "SV_GRUPP", "SV_KURSPLAN",
        "SV_A_PRP", "SV_B_PRP", "SV_C_PRP", "SV_PROVB", "EN_GRUPP", "EN_A_PRP", "EN_B_PRP", "EN_C_PRP", "EN_PROVB",
        "NO_PROV", "NO_A_DELT", "NO_B_DELT", "NO_GRUPP", "NO_PROVB", "SO_PROV", "SO_A_DELT", "SO_B_DELT", "SO_GRUPP",
        "SO_PROVB",
    ),
    "np_ak3": (*_HEAD, *YEAR3_COLUMNS),
    "np_ak6": (*_HEAD, *YEAR6_COLUMNS),
}  # fmt: skip
YEARS_OF_EARLY_TESTS = 2  # how many of the latest springs have tests of year 3 and 6: each file costs the night time
ENCODINGS = ("cp1252", "utf-8", "utf-8-sig")
_LANGUAGES = ("deu", "fra", "spa", "GER", "FRE", "spa")
_MOTHER_TONGUES = ("ara", "fin", "som", "pol", "fas")
_ANOMALY_SUBJECTS = ("MA", *_SCIENCE, *_SOCIAL)


@dataclass
class ResultFile:
    """One file before it is written: its name, unit and rows of fields; `pupils` stands beside `rows`."""

    kind: str
    spring_year: int
    unit: int
    rows: list[list[str]]
    pupils: list[Pupil]

    def name(self, world: World) -> str:
        """The file's name, by which its contract knows it."""
        return f"{self.kind}_{self.spring_year}_{world.units[self.unit].code}.txt"


def write_results(world: World, folder: Path, truth: Truth) -> None:
    """Write all result files and note the defects, anomalies and expected merit values."""
    files: list[ResultFile] = []
    for spring_year in world.preset.spring_years:
        for unit, pupils in _by_unit(world, spring_year, 9).items():
            grades = _final_grades(world, unit, spring_year, pupils, truth)
            files.append(_grade_file(world, "betyg_ak9", spring_year, unit, pupils, grades))
            if spring_year == max(world.preset.spring_years):
                _note_merit(world, files[-1], truth)
            if spring_year not in CANCELLED_TEST_YEARS:
                files.append(_test_file(world, spring_year, unit, pupils, grades, truth))
        for unit, pupils in _by_unit(world, spring_year, 6).items():
            grades = _year6_grades(world, unit, spring_year, pupils)
            files.append(_grade_file(world, "betyg_ak6", spring_year, unit, pupils, grades))
            if _has_early_tests(world, spring_year):
                cells = year6_cells(grades, world.rng("np6", spring_year, unit))
                files.append(_early_test_file(world, "np_ak6", spring_year, unit, pupils, cells))
        for unit, pupils in _by_unit(world, spring_year, 3).items() if _has_early_tests(world, spring_year) else ():
            cells = year3_cells(_background(pupils, 0.0), world.rng("np3", spring_year, unit))
            files.append(_early_test_file(world, "np_ak3", spring_year, unit, pupils, cells))
    for kind in COLUMNS:
        add_dirt(world, kind, COLUMNS[kind], [file for file in files if file.kind == kind], truth)
    _note_test_pupils(files, world, truth)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        text = "".join(";".join(row) + "\r\n" for row in file.rows)
        (folder / file.name(world)).write_bytes(text.encode(ENCODINGS[(file.unit + file.spring_year) % 3]))


def grade_files(world: World, kind: str, spring_year: int) -> Iterator[ResultFile]:
    """The grades of year 6 (`betyg_ak6`) or 9 (`betyg_ak9`) as they were set, unit by unit, without any defect."""
    grade_year = int(kind[-1])
    for unit, pupils in _by_unit(world, spring_year, grade_year).items():
        if grade_year == 9:
            grades = _final_grades(world, unit, spring_year, pupils, Truth())
        else:
            grades = _year6_grades(world, unit, spring_year, pupils)
        yield _grade_file(world, kind, spring_year, unit, pupils, grades)


def _year6_grades(world: World, unit: int, spring_year: int, pupils: list[Pupil]) -> grading.Grades:
    return grading.draw_grades(_background(pupils, 0.0), world.rng("year6", spring_year, unit), year=6)


def _by_unit(world: World, spring_year: int, grade_year: int) -> dict[int, list[Pupil]]:
    """The pupils who finished a grade year in a spring, by the unit that graded them."""
    cohort = spring_year - 7 - grade_year
    by_unit: dict[int, list[Pupil]] = {}
    for pupil in world.pupils:
        if pupil.cohort == cohort and pupil.form == "GR":
            unit = pupil.unit_in(grade_year)
            if unit >= 0 and world.units[unit].teaches(grade_year):
                by_unit.setdefault(unit, []).append(pupil)
    return dict(sorted(by_unit.items()))


def _background(pupils: list[Pupil], drift: float) -> grading.Background:
    girl = np.array([pupil.sex == "K" for pupil in pupils])
    newly = np.array([pupil.newly_arrived for pupil in pupils])
    education = np.array([pupil.education for pupil in pupils])
    return grading.Background(girl, newly, np.array([pupil.theta for pupil in pupils]) + drift, education)


def _final_grades(world: World, unit: int, spring_year: int, pupils: list[Pupil], truth: Truth) -> grading.Grades:
    drift = float(world.rng("drift", spring_year).uniform(-1.5, 1.5)) / 68.0
    background = _background(pupils, drift)
    if not (world.preset.anomalies and world.units[unit].code == ANOMALY_BOYS and spring_year == 2025):
        return grading.draw_grades(background, world.rng("year9", spring_year, unit))
    lead, grades = 0.0, {}
    for step in range(1, 60):  # the smallest effect that puts the boys twelve points ahead
        side = np.where(background.is_girl, -0.025, 0.025) * step
        grades = grading.draw_grades(
            background, world.rng("year9", spring_year, unit), subject_shift=dict.fromkeys(_ANOMALY_SUBJECTS, side)
        )
        total = np.nansum([grading.points(grades[subject]) for subject in _ANOMALY_SUBJECTS], axis=0)
        lead = float(total[~background.is_girl].mean() - total[background.is_girl].mean())
        if lead >= 12:
            break
    _anomaly(truth, "boys_ahead_in_theory", world.units[unit].code, spring_year, round(lead, 2))
    return grades


def _anomaly(truth: Truth, name: str, unit: str, spring_year: int, value: float) -> None:
    truth.facts.setdefault("anomalies", []).append(
        {"anomaly": name, "unit": unit, "spring_year": spring_year, "value": value}
    )


def _number_in_results(pupil: Pupil) -> str:
    """SCB files may carry a temporary number for a protected pupil, and no mark."""
    if pupil.marking and pupil.role != "canary" and pupil.index % 2:
        return f"{pupil.birth_date:%Y%m%d}TF{'10' if pupil.sex == 'M' else '20'}"
    return pupil.number


def _head(world: World, unit: int, spring_year: int, pupil: Pupil) -> list[str]:
    return ["Skolsystem Ex", f"{spring_year}-06-12", "4.2", _number_in_results(pupil), world.units[unit].code]


def _grade_file(
    world: World, kind: str, spring_year: int, unit: int, pupils: list[Pupil], grades: grading.Grades
) -> ResultFile:
    rng = world.rng(kind, spring_year, unit)
    grade_year = int(kind[-1])
    classes = max(1, -(-len(pupils) // 26))
    block_grades = kind == "betyg_ak6" and unit % 7 == 6
    rows = []
    for place, pupil in enumerate(pupils):
        cells = {subject: _code(str(values[place])) for subject, values in grades.items()}
        if rng.random() < 0.005:
            cells["TK"] = cells["SL"] = "3"
        cells["M2_"] = "" if cells["M2"] == "2" else str(rng.choice(_LANGUAGES))
        has_mother_tongue = rng.random() < 0.06
        cells["ML"], cells["ML_"] = (cells["BL"], str(rng.choice(_MOTHER_TONGUES))) if has_mother_tongue else ("2", "")
        if block_grades:
            cells |= {"NO": cells["FY"], "SO": cells["HI"]} | dict.fromkeys((*_SCIENCE, *_SOCIAL), "2")
        label = f"{grade_year}{chr(ord('A') + place % classes)}"
        hidden = _number_in_results(pupil) != pupil.number
        given, family = ("SKYDDAD", "SKYDDAD") if hidden else (pupil.given_name, pupil.family_name)
        fixed = [*_head(world, unit, spring_year, pupil), label, given, family]
        missing = {"M1_": ""}
        rows.append(fixed + [cells.get(column, missing.get(column, "2")) for column in COLUMNS[kind][8:]])
    return ResultFile(kind, spring_year, unit, rows, pupils)


def _code(grade: str) -> str:
    return {".": "2", "-": "9"}.get(grade, grade)


def _test_file(
    world: World, spring_year: int, unit: int, pupils: list[Pupil], grades: grading.Grades, truth: Truth
) -> ResultFile:
    rng = world.rng("np", spring_year, unit)
    takes_sva = grades["SVA"] != grading.NOT_TAKEN
    science, social = _SCIENCE[(unit + spring_year) % 3], _SOCIAL[(unit + spring_year) % 4]
    planted = world.preset.anomalies and world.units[unit].code == ANOMALY_TEST and spring_year == 2025
    tests = {
        "MA": grading.draw_test_grades(grades["MA"], "MA", rng, 0.62 if planted else None),
        "SV": np.where(
            takes_sva,
            grading.draw_test_grades(grades["SVA"], "SVA", rng),
            grading.draw_test_grades(grades["SV"], "SV", rng),
        ),
        "EN": grading.draw_test_grades(grades["EN"], "EN", rng),
        "NO": grading.draw_test_grades(grades[science], "NO", rng),
        "SO": grading.draw_test_grades(grades[social], "SO", rng),
    }
    if planted:
        both = (tests["MA"] != "99") & (grades["MA"] != "-")
        higher = grading.points(grades["MA"])[both] > grading.points(tests["MA"])[both]
        _anomaly(truth, "test_deviation_ma", world.units[unit].code, spring_year, round(float(higher.mean()), 4))
    part_points = rng.integers(-2, 3, (len(pupils), 6))
    rows = []
    for place, pupil in enumerate(pupils):
        label = f"9{chr(ord('A') + place % max(1, -(-len(pupils) // 26)))}"
        taken = {subject: str(values[place]) for subject, values in tests.items()}
        sv = test_points(taken["SV"], 18, part_points[place, :3])
        en = test_points(taken["EN"], 9, part_points[place, 3:])
        part = {subject: "99" if grade == "99" else "1" for subject, grade in taken.items()}
        rows.append([
            *_head(world, unit, spring_year, pupil), f"MA {label}", *[part["MA"]] * 4, taken["MA"],
            f"SV {label}", "2" if takes_sva[place] else "1", *sv, taken["SV"], f"EN {label}", *en, taken["EN"],
            science, part["NO"], part["NO"], f"NO {label}", taken["NO"],
            social, part["SO"], part["SO"], f"SO {label}", taken["SO"],
        ])  # fmt: skip
    return ResultFile("np_ak9", spring_year, unit, rows, pupils)


def _has_early_tests(world: World, spring_year: int) -> bool:
    return spring_year in world.preset.spring_years[-YEARS_OF_EARLY_TESTS:] and spring_year not in CANCELLED_TEST_YEARS


def _early_test_file(
    world: World, kind: str, spring_year: int, unit: int, pupils: list[Pupil], cells: list[list[str]]
) -> ResultFile:
    rows = [_head(world, unit, spring_year, pupil) + own for pupil, own in zip(pupils, cells, strict=True)]
    return ResultFile(kind, spring_year, unit, rows, pupils)


def _note_merit(world: World, file: ResultFile, truth: Truth) -> None:
    """Merit value per pupil of the first unit with year 9, before dirt; `defects` tells which rows then got one."""
    expected = truth.facts.setdefault("expected", {})
    if "merit17" not in expected:
        values = {p.number: _merit(row) for p, row in zip(file.pupils, file.rows, strict=True) if not p.is_protected}
        expected["merit17"] = {
            "unit": world.units[file.unit].code, "spring_year": file.spring_year, "pupils": values
        }  # fmt: skip


def _merit(row: list[str]) -> float:
    """Merit value with 17 subjects of a row of final grades."""
    cells = dict(zip(COLUMNS["betyg_ak9"], row, strict=True))
    language = grading.POINTS.get(cells["M2"], 0.0)
    others = [grading.POINTS.get(cells[c], 0.0) for c in COLUMNS["betyg_ak9"][8:] if c != "M2" and not c.endswith("_")]
    return sum(sorted(others, reverse=True)[:16]) + language


def _note_test_pupils(files: list[ResultFile], world: World, truth: Truth) -> None:
    """Note the rows of pupils that exist only to try the source system out."""
    for file in files:
        rows = [place + 1 for place, pupil in enumerate(file.pupils) if pupil.role == "test"]
        truth.add(file.name(world), "test_pupil", EXCLUDE, "", rows)
