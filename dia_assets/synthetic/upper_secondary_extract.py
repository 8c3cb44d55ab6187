"""Writes what the system of upper secondary school sends: grades, one file per school year, and final certificates.

Courses of Gy11 and levels of subjects of Gy25 stand in the same file. Pupils who began in autumn 2025 have no
certificate before 2028.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dia_assets.synthetic import upper_secondary_results as results
from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.truth import CHECK, QUARANTINE, Truth
from dia_assets.synthetic.upper_secondary import FIRST_OF_GY25
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_STRING, SchoolYearOfStudies, Studies, World

GRADES_HEADER = (
    "Personnummer;Skolenhetskod;Studievägskod;Betygstyp;Kod;Nivå;Poäng;Kurskategori;Betyg;Betygsdatum;Anmärkning"
)
CERTIFICATES_HEADER = "Personnummer;Skolenhetskod;Studievägskod;Dokumenttyp;Utfärdat;Poäng;Gymnasiearbete;Anmärkning"
CREDITS, GRADE, TYPE, PROJECT = 6, 8, 3, 6  # places of what dirt changes: of a grade two, of a certificate two
_TYPES = {
    (results.PREPARATORY, results.DIPLOMA): "E", (results.VOCATIONAL, results.DIPLOMA): "L",
    (results.PREPARATORY, results.STUDY_CERTIFICATE): "Z", (results.VOCATIONAL, results.STUDY_CERTIFICATE): "Z",
}  # fmt: skip
_SVA_SHARE = 0.1
Rows = dict[str, list[tuple[Studies, list[str]]]]  # file → its rows, each with whose it is


def write_upper_secondary(world: World, folder: Path, truth: Truth) -> None:
    """Write the files and note their defects; nothing where there is no upper secondary school."""
    if not world.studies:
        return
    rng = world.rng("gymnasiebetyg")
    grades: Rows = {}
    certificates: Rows = {}
    for studies in world.studies:
        if studies.pupil.number:
            _write_pupil(world, studies, rng, (grades, certificates), truth)
    folder.mkdir(parents=True, exist_ok=True)
    for header, files in ((GRADES_HEADER, grades), (CERTIFICATES_HEADER, certificates)):
        for name, rows in sorted(files.items()):
            _add_dirt(world, name, rows, truth)
            text = "\r\n".join([header, *(";".join(row) for _, row in rows), ""])
            (folder / name).write_bytes(text.encode("utf-8-sig" if header == GRADES_HEADER else "cp1252"))


def _write_pupil(
    world: World, studies: Studies, rng: np.random.Generator, files: tuple[Rows, Rows], truth: Truth
) -> None:
    pupil, last = studies.pupil, studies.years[-1]
    second = pupil.newly_arrived or rng.random() < _SVA_SHARE
    if studies.years[0].autumn >= FIRST_OF_GY25:
        read = results.first_subjects("SVEA" if second else "SVEN")
    else:
        read = results.courses(last.programme, "SVA" if second else "SVE")
    drawn = results.draw_grades(np.array([pupil.theta]), len(read), rng)[0]
    grades = [
        ("F" if results.misses_project(rng) else "E") if course.category == results.PROJECT else str(grade)
        for course, grade in zip(read, drawn, strict=True)
    ]
    for course, grade in zip(read, grades, strict=True):
        year = _year_of(studies, course)
        if year is None or year.last or (year.autumn == SCHOOL_YEAR and not course.autumn):
            continue
        day = f"{year.autumn}-12-19" if course.autumn else f"{year.autumn + 1}-06-10"
        row = [
            pupil.number, world.units[year.unit].code, year.programme, "ÄMNE" if course.level else "KURS", course.code,
            str(course.level or ""), str(course.credits), course.category, grade, day, _comment(studies),
        ]  # fmt: skip
        files[0].setdefault(f"gybetyg_{year.autumn + 1}.csv", []).append((studies, row))
    if studies.spring:
        kind = results.certificate(last.programme, read, grades)
        certificate = [
            pupil.number, world.units[last.unit].code, last.programme, _TYPES[results.kind_of(last.programme), kind],
            f"{studies.spring}-06-10", "2500", "J" if grades[-1] == "E" else "N", _comment(studies),
        ]  # fmt: skip
        files[1].setdefault(f"gyexamen_{studies.spring}.csv", []).append((studies, certificate))
        _expect(truth, studies, results.grade_points(read, grades), kind)


def _year_of(studies: Studies, course: results.Course) -> SchoolYearOfStudies | None:
    """The school year in which the course was graded; who needs a fourth year has the last courses graded then."""
    national = [year for year in studies.years if results.kind_of(year.programme) != results.INTRODUCTION]
    years = national or studies.years
    if course.year == results.LAST_YEAR and len(years) >= results.LAST_YEAR:
        return years[-1] if studies.spring or not studies.is_former else None
    return years[course.year - 1] if course.year <= len(years) else None


def _comment(studies: Studies) -> str:
    if studies.pupil.is_protected:
        return f"{CANARY_STRING} {CANARY_COMMENT}"
    return CANARY_COMMENT if studies.pupil.index % 97 == 0 else ""


def _expect(truth: Truth, studies: Studies, points: float, kind: str) -> None:
    """Note the grade points and the kind of certificate of each who got one, before dirt; `defects` tells the rest."""
    if not studies.pupil.is_protected:
        found = truth.facts.setdefault("expected", {}).setdefault("grade_points", {})
        found[studies.pupil.number] = {"spring": studies.spring, "points": round(points, 6), "kind": kind}


def _add_dirt(world: World, name: str, rows: list[tuple[Studies, list[str]]], truth: Truth) -> None:
    """What such files really hold now and then; protected pupils are spared, who must be found by other tests."""
    rng = world.rng("dirt-gymnasiebetyg", *name.encode())
    usable = [n for n, (studies, _) in enumerate(rows) if not studies.pupil.is_protected and not studies.pupil.role]
    usable = [n for n in usable if rows[n][1][0].isdigit()]
    chosen = [int(place) for place in rng.permutation(usable)]
    count = max(1, round(0.0005 * world.preset.dirt_factor * len(rows)))
    is_grades = name.startswith("gybetyg")

    def change(defect: str, expected: str, column: str, place: int, value: str | None, fits: str = "") -> None:
        found = [n for n in chosen if not fits or rows[n][1][place] in fits.split()][:count]
        for n in found:
            chosen.remove(n)
            old = rows[n][1][place]
            rows[n][1][place] = value if value is not None else old[:-1] + str((int(old[-1]) + 1) % 10)
        truth.add(name, defect, expected, column, [n + 1 for n in found])

    change("number_wrong_check_digit", CHECK, "Personnummer", 0, None)
    if is_grades:
        change("grade_unknown", CHECK, "Betyg", GRADE, "IG", fits="F E D C B A")
        change("credits_unknown", CHECK, "Poäng", CREDITS, "75", fits="50 100 150 200")
        if len(rows) > 100:
            change("credits_unreadable", QUARANTINE, "Poäng", CREDITS, "hundra", fits="50 100 150 200")
    else:
        change("diploma_without_project", CHECK, "Gymnasiearbete", PROJECT, "N", fits="J")
        change("certificate_unknown", CHECK, "Dokumenttyp", TYPE, "X", fits="E L")
