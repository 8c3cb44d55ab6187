"""Grades one by one: the same pupils and the same grades as in the files to SCB, before those files' defects."""

from __future__ import annotations

from collections.abc import Iterator

from dia_assets.synthetic import scb
from dia_assets.synthetic.ss12000_objects.common import (
    Json,
    Planted,
    adult_ref,
    meta,
    object_id,
    pupil_ref,
    ref,
    teachers_by_unit,
)
from dia_assets.synthetic.ss12000_objects.education import LANGUAGES, syllabus_id
from dia_assets.synthetic.world import CANARY_COMMENT, Pupil, World

SCALE = "FEDCBA"
_WITHOUT_GRADE = ("2", "3", "")  # does not take the subject; adapted studies
_LANGUAGE_CODES = {"ger": "deu", "fre": "fra"}
_KINDS = ("betyg_ak6", "betyg_ak9")


def grades(world: World) -> Iterator[Json]:
    """The grades of years 6 and 9 of the pupils who are still in the register; those of year 9 are final."""
    corrected = {entry.id for entry in planted(world)}
    teachers = teachers_by_unit(world)
    for kind, spring_year, unit, pupil, place, cells in _rows(world):
        duties = teachers[unit]
        for number, (subject, code) in enumerate(cells.items()):
            row = _grade(world, kind, spring_year, pupil, subject, code)
            row["organisation"] = ref(world.unit_ids[unit])
            row["registeredBy"] = adult_ref(world.adults[duties[place % len(duties)].adult])
            row["gradingTeacher"] = adult_ref(world.adults[duties[number % len(duties)].adult])
            if row["id"] in corrected:
                row["meta"]["modified"] = f"{spring_year}-08-20T09:00:00Z"
                row |= {"correctionType": "Rättelse", "gradeValue": raised(code)}
            yield row


def raised(grade: str) -> str:
    """The grade one step up, as a correction makes it."""
    return SCALE[min(SCALE.index(grade) + 1, len(SCALE) - 1)]


def planted(world: World) -> list[Planted]:
    """The grade that was corrected after it had been sent to SCB."""
    for kind, spring_year, _, pupil, _, cells in _rows(world):
        if not pupil.is_protected and not pupil.role:
            for subject, code in cells.items():
                if code in SCALE[:-1]:
                    found = _grade_id(world, kind, spring_year, pupil, subject)
                    return [Planted("grades", found, "gradeValue", "grade_corrected")]
    return []


def _rows(world: World) -> Iterator[tuple[str, int, int, Pupil, int, dict[str, str]]]:
    """Kind, spring year, unit, pupil, place in the file, and the grade of each subject that has one."""
    for spring_year in world.preset.spring_years:
        for kind in _KINDS:
            for file in scb.grade_files(world, kind, spring_year):
                for place, (pupil, row) in enumerate(zip(file.pupils, file.rows, strict=True)):
                    if pupil.grade_year is not None:
                        yield kind, spring_year, file.unit, pupil, place, _cells(kind, row)


def _cells(kind: str, row: list[str]) -> dict[str, str]:
    """Subject (a language as `M2/deu`) → SCB's code, where a grade was set."""
    named = dict(zip(scb.COLUMNS[kind], row, strict=True))
    cells = {}
    for column, code in list(named.items())[8:]:
        if column.endswith("_") or code in _WITHOUT_GRADE:
            continue
        language = named.get(f"{column}_", "").lower()
        language = _LANGUAGE_CODES.get(language, language)
        cells[f"{column}/{language}" if language in LANGUAGES.get(column, ()) else column] = code
    return cells


def _grade_id(world: World, kind: str, spring_year: int, pupil: Pupil, subject: str) -> str:
    return object_id(world, "grade", kind, spring_year, pupil.index, subject)


def _grade(world: World, kind: str, spring_year: int, pupil: Pupil, subject: str, code: str) -> Json:
    name, _, language = subject.partition("/")
    when = f"{spring_year}-06-11T10:00:00Z"
    row: Json = {
        "id": _grade_id(world, kind, spring_year, pupil, subject),
        "meta": meta(when, when),
        "student": pupil_ref(pupil),
        "registeredDate": f"{spring_year}-06-11",
        "gradeValue": "-" if code == "9" else code,
        "finalGrade": kind == "betyg_ak9",
        "trial": False,
        "adaptedStudyPlan": "",
        "converted": False,
        "semester": "VT",
        "year": spring_year,
        "syllabus": ref(syllabus_id(world, "GR", name, language)),
    }
    if pupil.role == "canary":
        row |= {"remark": CANARY_COMMENT, "adaptedStudyPlan": CANARY_COMMENT}
    return row
