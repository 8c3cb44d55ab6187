"""Writes the register as SS 12000:2020 (2.1.0) list answers: organisations, persons, duties and groups.

Only the current school year's register; results and attendance are other modules' files.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from dia_assets.synthetic.identifiers import check_digit
from dia_assets.synthetic.presets import SCHOOL_YEAR, UnitSpec
from dia_assets.synthetic.school_calendar import FIRST_DAY
from dia_assets.synthetic.truth import EXCLUDE, REPAIR, Truth, write_json
from dia_assets.synthetic.world import CANARY_START_DATE, Adult, Duty, Pupil, Span, Studies, World

Json = dict[str, Any]
SCHOOL_YEAR_START = f"{SCHOOL_YEAR}-07-01"
FIRST_STAMP = "2025-08-11T05:00:00Z"
_SEX = {"K": "Kvinna", "M": "Man"}
STANDARD_FORM = {"GRAN": "GRS", "GYAN": "GYS"}  # SS 12000 2.1.0 still has the names from before 2023
_FORM_ALIASES = {"GRS": "GRAN", "GYS": "GYSÄR", "GR": "Grundskola", "FKLASS": "FSK"}
_TEACHING_SUBJECTS = ("MA", "EN", "SV")


def _meta(modified: str = FIRST_STAMP) -> Json:
    return {"created": FIRST_STAMP, "modified": modified}


def _stamp(day: date | None) -> str:
    return f"{day.isoformat()}T04:30:00Z" if day and day > FIRST_DAY else FIRST_STAMP


def write_list(path: Path, data: list[Json]) -> None:
    """Write one list answer."""
    write_json(path, {"data": data, "pageToken": None})


def write_register(world: World, folder: Path, truth: Truth) -> None:
    """Write the four files of the register."""
    write_list(folder / "organisations.json", organisations(world))
    write_list(folder / "persons.json", persons(world, truth))
    write_list(folder / "duties.json", duties(world))
    write_list(folder / "groups.json", groups(world))


def organisations(world: World) -> list[Json]:
    """The principals, the administration, and a school with a school unit for every unit."""
    ids, code = world.organisation_ids, "0381"
    number, independent = (f"{stem}{check_digit(stem)}" for stem in ("212000990", "559999990"))
    rows: list[Json] = [
        {"id": ids["principal"], "displayName": f"{world.preset.municipality}s kommun (påhittad)",
         "organisationType": "Huvudman", "organisationNumber": number},
        {"id": ids["administration"], "displayName": "Utbildningsförvaltningen", "organisationType": "Förvaltning",
         "parentOrganisation": {"id": ids["principal"]}},
    ]  # fmt: skip
    if any(unit.independent for unit in world.units):
        rows.append(
            {"id": ids["independent"], "displayName": "Lindens skola AB (påhittat)", "organisationType": "Huvudman",
             "organisationNumber": independent}
        )  # fmt: skip
    for unit, unit_id in zip(world.units, world.unit_ids, strict=True):
        parent = ids["independent" if unit.independent else "administration"]
        rows.append(
            {"id": unit_id, "displayName": unit.name, "organisationType": "Skolenhet",
             "parentOrganisation": {"id": parent}, "schoolUnitCode": unit.code, "schoolTypes": _school_types(unit)}
        )  # fmt: skip
    return [
        {**row, "meta": _meta(), "municipalityCode": code, "startDate": "2011-07-01"} if "schoolUnitCode" in row
        else {**row, "meta": _meta(), "startDate": "1995-01-01"}
        for row in rows
    ]  # fmt: skip


def _school_types(unit: UnitSpec) -> list[str]:
    if unit.teaches(10):
        return ["GY", "GYS"] if unit.adapted else ["GY"]
    forms = (["FKLASS"] if unit.teaches(0) else []) + ["GR"] + (["GRS"] if unit.adapted else [])
    return [*forms, "FTH"] if unit.teaches(1) else forms


def persons(world: World, truth: Truth | None = None) -> list[Json]:
    """Pupils with enrolments and responsibles, doublets of pupils, guardians, staff, and those who have left.

    Notes defects in `truth`. Of those who have left the register has upper secondary school only.
    """
    rng = world.rng("register-dirt")
    spans: dict[int, list[Span]] = {}
    for span in world.spans:
        spans.setdefault(span.pupil, []).append(span)
    rows: list[Json] = []
    # Two draws per pupil whoever is protected: a late mark must not move the dirt to other pupils.
    draws = rng.random((len(world.pupils), 2))
    for pupil in world.current_pupils():
        row = _pupil(world, pupil, spans[pupil.index])
        if not pupil.is_protected and draws[pupil.index, 0] < 0.01:
            _dirty_person(row, float(draws[pupil.index, 1]), len(rows) + 1, truth)
        if truth and pupil.role == "test":
            truth.add("persons.json", "test_pupil", EXCLUDE, "", [len(rows) + 1])
        rows.append(row)
    for pupil_index, other_id, number in world.duplicates:
        rows.append(_doublet(world, world.pupils[pupil_index], spans[pupil_index][0], other_id, number))
    rows += [_person_of(adult) for adult in world.adults]
    return rows + [_former(world, studies) for studies in world.studies if studies.is_former]


def _dirty_person(row: Json, draw: float, position: int, truth: Truth | None) -> None:
    """Another name of the school form, or another way to write the number."""
    enrolment = row["enrolments"][-1]
    alias = _FORM_ALIASES.get(enrolment["schoolType"])
    number = row.get("civicNo", {}).get("value", "")
    if draw < 0.5 and alias:
        enrolment["schoolType"] = alias
        defect, column = "school_form_alias", "schoolType"
    elif len(number) == 12 and number.isdigit():
        row["civicNo"]["value"] = f"{number[:8]}-{number[8:]}"
        defect, column = "number_with_hyphen", "civicNo.value"
    else:
        return
    if truth:
        truth.add("persons.json", defect, REPAIR, column, [position])


def _identity(person_id: str, given: str, family: str, sex: str, birth: date | None, number: str | None) -> Json:
    row: Json = {"id": person_id, "meta": _meta(), "givenName": given, "familyName": family}
    if number:
        row["civicNo"] = {"value": number, "nationality": "SE"}
    if birth:
        row["birthDate"] = birth.isoformat()
    return {**row, "sex": _SEX[sex], "personStatus": "Aktiv"}


def _person_of(adult: Adult) -> Json:
    row = _identity(adult.person_id, adult.given_name, adult.family_name, adult.sex, adult.birth_date, adult.number)
    return {**row, "securityMarking": adult.marking or "Ingen"}


def reference(person_id: str, marking: str | None) -> Json:
    """A reference to a person; a protected one carries the mark."""
    return {"id": person_id, "securityMarking": marking} if marking else {"id": person_id}


def _pupil(world: World, pupil: Pupil, spans: list[Span]) -> Json:
    row = _identity(
        pupil.person_id, pupil.given_name, pupil.family_name, pupil.sex, pupil.birth_date, pupil.number or None
    )
    shown = pupil.marking if pupil.marked_in == "person" else None
    row["securityMarking"] = shown or "Ingen"
    if not pupil.is_protected:
        row["addresses"] = [
            {"type": "Folkbokföring", "streetAddress": f"Påhittsgatan {pupil.index % 90 + 1}", "locality": "Påhittsby",
             "postalCode": "00000", "country": "Sverige", "municipalityCode": pupil.home_municipality}
        ]  # fmt: skip
    moments = [*(span.first for span in spans), *(span.last for span in spans if span.last), pupil.changed or FIRST_DAY]
    row["meta"] = _meta(_stamp(max(moments)))
    row["enrolments"] = _enrolments(world, pupil, spans)
    row["responsibles"] = [
        {"person": reference(world.adults[i].person_id, world.adults[i].marking), "relationType": "Vårdnadshavare"}
        for i in pupil.guardians
    ]
    return row


def _form(pupil: Pupil, grade_year: int) -> str:
    if pupil.form in STANDARD_FORM:
        return STANDARD_FORM[pupil.form]
    return "GY" if grade_year > 9 else "GR" if grade_year else "FKLASS"


def _enrolments(world: World, pupil: Pupil, spans: list[Span]) -> list[Json]:
    """The earlier years of the stage (one enrolment per school year), then this year's, unit by unit."""
    grade_now = pupil.grade_year or 0
    stage_start = max(grade_now - (grade_now - 1) % 3, 0) if grade_now else 0
    rows: list[Json] = []
    for grade_year in range(stage_start, grade_now):
        autumn = SCHOOL_YEAR - (grade_now - grade_year)
        unit = pupil.unit_in(grade_year)
        if unit >= 0 and world.units[unit].teaches(grade_year):
            row = _enrolment(world, pupil, unit, grade_year, f"{autumn}-07-01", f"{autumn + 1}-06-30")
            programme = world.classes[spans[0].class_index].programme
            rows.append(row | ({"educationCode": programme} if programme else {}))
    for n, (unit, first, last) in enumerate(_unit_periods(world, spans)):
        start = first.isoformat() if first > FIRST_DAY else SCHOOL_YEAR_START
        row = _enrolment(world, pupil, unit, grade_now, start, last.isoformat() if last else None)
        row["cancelled"] = last is not None
        if grade_now > 9:
            programme = world.classes[spans[0].class_index].programme
            row |= {"educationCode": programme} if programme else {}
        rows.append(row)
        if n == 0 and has_leisure_place(pupil):
            rows.insert(0, {**row, "schoolType": "FTH"})
    if pupil.role == "canary":
        rows[0]["startDate"] = CANARY_START_DATE.isoformat()
    return rows


def _former(world: World, studies: Studies) -> Json:
    pupil = studies.pupil
    row = _identity(
        pupil.person_id, pupil.given_name, pupil.family_name, pupil.sex, pupil.birth_date, pupil.number or None
    )
    row["securityMarking"] = pupil.marking or "Ingen"
    if not pupil.is_protected:
        row["addresses"] = [
            {"type": "Folkbokföring", "country": "Sverige", "municipalityCode": pupil.home_municipality}
        ]
    row["enrolments"] = [
        {
            "enroledAt": {"id": world.unit_ids[year.unit]}, "schoolType": "GY", "schoolYear": year.year,
            "startDate": f"{year.autumn}-07-01",
            "endDate": year.last.isoformat() if year.last else f"{year.autumn + 1}-06-30",
            "cancelled": year.last is not None, "educationCode": year.programme,
        }
        for year in studies.years
    ]  # fmt: skip
    return row | {"responsibles": []}


def has_leisure_place(pupil: Pupil) -> bool:
    """Whether the pupil has a place in fritidshem: four of five up to year 3."""
    return (pupil.grade_year or 0) <= 3 and pupil.form == "GR" and pupil.index % 5 > 0


def _enrolment(world: World, pupil: Pupil, unit: int, grade_year: int, start: str, end: str | None) -> Json:
    row: Json = {"enroledAt": {"id": world.unit_ids[unit]}, "schoolType": _form(pupil, grade_year)}
    row |= {"schoolYear": grade_year - 9 if grade_year > 9 else grade_year, "startDate": start}
    return row | ({"endDate": end} if end else {})


def _unit_periods(world: World, spans: Iterable[Span]) -> list[tuple[int, date, date | None]]:
    """Spans by unit: a change of class within the unit is no new enrolment."""
    periods: list[tuple[int, date, date | None]] = []
    for span in sorted(spans, key=lambda s: s.first):
        unit = world.classes[span.class_index].unit
        if periods and periods[-1][0] == unit:
            periods[-1] = (unit, periods[-1][1], span.last)
        else:
            periods.append((unit, span.first, span.last))
    return periods


def _doublet(world: World, pupil: Pupil, span: Span, other_id: str, number: str) -> Json:
    row = _identity(other_id, pupil.given_name, pupil.family_name, pupil.sex, pupil.birth_date, number or None)
    unit = world.classes[span.class_index].unit
    start, end = f"{SCHOOL_YEAR - 1}-07-01", f"{SCHOOL_YEAR - 1}-12-31"
    row["securityMarking"] = "Ingen"
    row["enrolments"] = [{**_enrolment(world, pupil, unit, pupil.grade_year or 0, start, end), "cancelled": True}]
    row["responsibles"] = []
    return row


def _duty(world: World, duty: Duty) -> Json:
    adult = world.adults[duty.adult]
    place = world.unit_ids[duty.unit] if duty.unit >= 0 else world.organisation_ids["administration"]
    row: Json = {"id": duty.duty_id, "meta": _meta(), "person": reference(adult.person_id, adult.marking)}
    row |= {"dutyAt": {"id": place}, "dutyRole": duty.role, "dutyPercent": duty.percent, "startDate": "2023-08-07"}
    if duty.mentor_of >= 0:
        group = world.classes[duty.mentor_of].group_id
        row["assignmentRole"] = [{"group": {"id": group}, "assignmentRoleType": "Mentor", "startDate": "2025-08-11"}]
    return row


def duties(world: World) -> list[Json]:
    """The posts of the staff."""
    return [_duty(world, duty) for duty in world.duties]


def groups(world: World) -> list[Json]:
    """Classes, and from year 7 teaching groups in the core subjects, with their members."""
    members: dict[int, list[Span]] = {}
    for span in world.spans:
        members.setdefault(span.class_index, []).append(span)
    rows = []
    for school_class in world.classes:
        spans = members.get(school_class.index, [])
        form = STANDARD_FORM.get(school_class.form, school_class.form)
        base: Json = {
            "schoolType": form,
            "organisation": {"id": world.unit_ids[school_class.unit]},
            "startDate": SCHOOL_YEAR_START,
            "endDate": f"{SCHOOL_YEAR + 1}-06-30",
            "groupMemberships": [_membership(world, span) for span in spans],
        }
        changed = max(
            (max(s.first, s.last or s.first, world.pupils[s.pupil].changed or s.first) for s in spans),
            default=FIRST_DAY,
        )
        meta = _meta(_stamp(changed))
        rows.append(
            {"id": school_class.group_id, "meta": meta, "displayName": school_class.label, "groupType": "Klass"} | base
        )
        for subject in _TEACHING_SUBJECTS if 7 <= school_class.grade_year <= 9 and school_class.form == "GR" else ():
            group_id = str(uuid.uuid5(uuid.UUID(school_class.group_id), subject))
            name = f"{school_class.label} {subject}"
            rows.append({"id": group_id, "meta": meta, "displayName": name, "groupType": "Undervisning"} | base)
    return rows


def _membership(world: World, span: Span) -> Json:
    pupil = world.pupils[span.pupil]
    row: Json = {"person": reference(pupil.person_id, pupil.marking), "startDate": SCHOOL_YEAR_START}
    if span.first > FIRST_DAY:
        row["startDate"] = span.first.isoformat()
    return row | ({"endDate": span.last.isoformat()} if span.last else {})
