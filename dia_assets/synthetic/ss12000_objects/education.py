"""What is taught: syllabuses, programmes, what units offer, and pupils' study plans."""

from __future__ import annotations

from collections.abc import Iterator

from dia_assets.synthetic.population import PROGRAMMES
from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.ss12000_objects.common import Json, Planted, meta, object_id, pupil_ref, ref, school_type
from dia_assets.synthetic.timetable import SUBJECTS
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_START_DATE, Pupil, World

LANGUAGES = {"M2": ("deu", "fra", "spa"), "ML": ("ara", "fin", "som", "pol", "fas")}
NEW_CURRICULUM = "Lgr22"  # real, but the standard's list ends before it
_NAMES = {
    "BL": "Bild", "EN": "Engelska", "HKK": "Hem- och konsumentkunskap", "IDH": "Idrott och hälsa", "MA": "Matematik",
    "MU": "Musik", "BI": "Biologi", "FY": "Fysik", "KE": "Kemi", "GE": "Geografi", "HI": "Historia",
    "RE": "Religionskunskap", "SH": "Samhällskunskap", "SL": "Slöjd", "SV": "Svenska", "SVA": "Svenska som andraspråk",
    "TK": "Teknik", "NO": "Naturorienterande ämnen", "SO": "Samhällsorienterande ämnen", "M2": "Moderna språk",
    "ML": "Modersmål", "FKL": "Förskoleklass", "SVE": "Svenska", "MAT": "Matematik", "ENG": "Engelska",
    "HIS": "Historia", "SAM": "Samhällskunskap", "NAT": "Naturkunskap", "IDR": "Idrott och hälsa",
    "KAR": "Karaktärsämne", "EST": "Estetisk verksamhet",
}  # fmt: skip
_YEARS = {"FKLASS": (0, 0), "GR": (1, 9), "GRAN": (1, 9)}
_CURRICULUM = {"FKLASS": "GR2011", "GR": "GR2011", "GRAN": "GRSÄR2011", "GY": "GY2011", "GYAN": "GYSÄR2013"}
_PROGRAMME_NAMES = {
    "NA": "Naturvetenskapsprogrammet", "SA": "Samhällsvetenskapsprogrammet", "EK": "Ekonomiprogrammet",
    "TE": "Teknikprogrammet", "BA": "Bygg- och anläggningsprogrammet", "EE": "El- och energiprogrammet",
    "VO": "Vård- och omsorgsprogrammet", "FS": "Försäljnings- och serviceprogrammet",
    "BF": "Barn- och fritidsprogrammet",
}  # fmt: skip
_PREPARATORY = ("NA", "SA", "EK", "TE")
_COMMON, _OWN = ("SVE", "MAT", "ENG", "HIS", "SAM", "NAT", "IDR"), ("KAR",)


def taught_forms(world: World) -> list[str]:
    """The school forms that the municipality has classes in."""
    return sorted({school_class.form for school_class in world.classes})


def subjects_of(form: str) -> tuple[str, ...]:
    """The subjects of a school form."""
    extra = ("SVA", "NO", "SO") if form == "GR" else ()
    return tuple(dict.fromkeys((*SUBJECTS[form], *extra)))


def syllabus_id(world: World, form: str, subject: str, language: str = "") -> str:
    """The id of a syllabus; languages have one each."""
    return object_id(world, "syllabus", form, subject, language)


def syllabuses(world: World) -> Iterator[Json]:
    """A syllabus for every school form and subject, and one for every language."""
    for form in taught_forms(world):
        for subject in subjects_of(form):
            yield _syllabus(world, form, subject)
        if form == "GR":
            for subject, languages in LANGUAGES.items():
                for language in languages:
                    yield _syllabus(world, form, subject, language)


def _syllabus(world: World, form: str, subject: str, language: str = "") -> Json:
    row: Json = {
        "id": syllabus_id(world, form, subject, language), "meta": meta(), "schoolType": school_type(form),
        "subjectCode": f"{form[:2]}{subject}01", "subjectName": _NAMES[subject], "subjectDesignation": subject,
        "curriculum": NEW_CURRICULUM if (form, subject) == ("GR", "MA") else _CURRICULUM[form], "official": True,
    }  # fmt: skip
    if form in _YEARS:
        row |= {"startSchoolYear": _YEARS[form][0], "endSchoolYear": _YEARS[form][1]}
    else:
        row |= {"courseCode": f"{subject}{subject}01", "courseName": f"{_NAMES[subject]} 1", "points": 100}
    return row | ({"languageCode": language} if language else {})


def planted(world: World) -> list[Planted]:
    """The curriculum that the standard's list lacks."""
    if "GR" not in taught_forms(world):
        return []
    return [Planted("syllabuses", syllabus_id(world, "GR", "MA"), "curriculum", "unknown_enumeration_value")]


def programme_id(world: World, code: str) -> str:
    """The id of a programme."""
    return object_id(world, "programme", code)


def programmes(world: World) -> Iterator[Json]:
    """The programmes of upper secondary school, where there is one."""
    if "GY" not in taught_forms(world):
        return
    for code in PROGRAMMES:
        kind = "Högskoleförberedande program" if code[:2] in _PREPARATORY else "Yrkesprogram"
        content = [
            {"type": kind_of_course, "points": 100 * len(subjects), "content": _syllabus_refs(world, "GY", subjects)}
            for kind_of_course, subjects in (("Gymnasiegemensamma", _COMMON), ("Programgemensamma", _OWN))
        ]
        yield {
            "id": programme_id(world, code), "meta": meta(), "name": _PROGRAMME_NAMES[code[:2]], "type": kind,
            "schoolType": "GY", "code": code, "content": content,
        }  # fmt: skip


def _syllabus_refs(world: World, form: str, subjects: tuple[str, ...]) -> list[Json]:
    return [ref(syllabus_id(world, form, subject)) for subject in subjects]


def school_unit_offerings(world: World) -> Iterator[Json]:
    """What every unit offers; the object has no id in the standard."""
    for index, unit_id in enumerate(world.unit_ids):
        forms = sorted({school_class.form for school_class in world.classes if school_class.unit == index})
        row: Json = {
            "offeredAt": ref(unit_id),
            "startDate": f"{SCHOOL_YEAR}-07-01",
            "offeredSyllabuses": [r for form in forms for r in _syllabus_refs(world, form, subjects_of(form))],
        }
        if "GY" in forms:
            row["offeredProgrammes"] = [ref(programme_id(world, code)) for code in PROGRAMMES]
        yield row


def study_plans(world: World) -> Iterator[Json]:
    """The individual plans of pupils in upper secondary school, and one of the canary pupil with notes about it."""
    for pupil in world.current_pupils():
        grade_year = pupil.grade_year or 0
        if pupil.role == "canary":
            form, start = "GR", CANARY_START_DATE.isoformat()
        elif grade_year > 9 and world.classes[pupil.class_index].form == "GY":
            form, start = "GY", f"{SCHOOL_YEAR - (grade_year - 10)}-08-18"
        else:
            continue
        yield _study_plan(world, pupil, form, start)


def _study_plan(world: World, pupil: Pupil, form: str, start: str) -> Json:
    groups = (("Gymnasiegemensamma", subjects_of(form)[:3]), ("Individuellt val", subjects_of(form)[3:4]))
    row: Json = {
        "id": object_id(world, "studyplan", pupil.index),
        "meta": meta(),
        "student": pupil_ref(pupil),
        "startDate": start,
        "content": [
            {
                "title": kind,
                "type": kind,
                "points": 100 * len(subjects),
                "syllabuses": [
                    {"syllabus": ref(syllabus_id(world, form, subject)), "startDate": start, "hours": 90}
                    for subject in subjects
                ],
            }
            for kind, subjects in groups
        ],
    }
    if pupil.role == "canary":
        row["notes"] = [{"type": "Anteckningar", "note": CANARY_COMMENT}]
        row["content"][0]["syllabuses"][0]["note"] = CANARY_COMMENT
    return row
