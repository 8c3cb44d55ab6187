"""The register as rosters in CSV archives: OneRoster 1.1 and 1.2 (complete and as changes) and Microsoft SDS V2.1.

A roster is its files as plain rows, so that it can be changed a little and written again.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from dia_assets.synthetic.presets import SCHOOL_YEAR
from dia_assets.synthetic.world import Adult, Pupil, World

Row = dict[str, str]
Roster = dict[str, list[Row]]

_COMMON = ("sourcedId", "status", "dateLastModified")
_USER = ("enabledUser", "username", "userIds", "givenName", "familyName", "middleName", "identifier", "email", "sms",
         "phone", "agentSourcedIds", "grades", "password")  # fmt: skip
_USER_11 = ("enabledUser", "orgSourcedIds", "role", *_USER[1:])
_USER_12 = (*_USER, "userMasterIdentifier", "resourceId", "preferredGivenName", "preferredMiddleName",
            "preferredFamilyName", "primaryOrgSourcedId", "pronouns")  # fmt: skip
ONEROSTER = {
    "academicSessions": (*_COMMON, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
    "classes": (*_COMMON, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
                "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods"),
    "enrollments": (*_COMMON, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
                    "endDate"),
    "orgs": (*_COMMON, "name", "type", "identifier", "parentSourcedId"),
    "roles": (*_COMMON, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
              "userProfileSourcedId"),
}  # fmt: skip
SDS = {
    "orgs": ("sourcedId", "name", "type", "parentSourcedId"),
    "users": ("sourcedId", "username", "givenName", "familyName", "activeDirectoryMatchId", "email"),
    "roles": ("userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade", "isPrimary"),
    "classes": ("sourcedId", "orgSourcedId", "title", "sessionSourcedIds"),
    "enrollments": ("classSourcedId", "userSourcedId", "role"),
    "academicSessions": ("sourcedId", "title", "type", "schoolYear", "startDate", "endDate"),
}
# What the manifest of each version names; files that we do not write are absent.
_MANIFEST = ("academicSessions", "categories", "classes", "classResources", "courses", "courseResources",
             "demographics", "enrollments", "lineItems", "orgs", "resources", "results", "users")  # fmt: skip


def columns(version: str) -> dict[str, tuple[str, ...]]:
    """The files of a OneRoster version with their columns in order: 1.2 has roles in a file of its own."""
    if version == "1.1":
        return {**{name: ONEROSTER[name] for name in ONEROSTER if name != "roles"}, "users": (*_COMMON, *_USER_11)}
    return {**ONEROSTER, "users": (*_COMMON, *_USER_12)}


def roster(world: World, version: str = "1.1") -> Roster:
    """The municipality's roster as OneRoster has it."""
    year = f"{SCHOOL_YEAR}"
    made: Roster = {"orgs": _orgs(world), "academicSessions": _sessions(), "classes": [], "enrollments": []}
    for item in world.classes:
        school = world.unit_ids[item.unit]
        made["classes"].append(
            {"sourcedId": item.group_id, "title": item.label, "grades": f"{item.grade_year:02}",
             "courseSourcedId": "", "classType": "homeroom", "schoolSourcedId": school, "termSourcedIds": year}
        )  # fmt: skip
    for span in world.spans:
        item, pupil = world.classes[span.class_index], world.pupils[span.pupil]
        made["enrollments"].append(
            {"sourcedId": f"{item.group_id}:{pupil.person_id}:{span.first}", "classSourcedId": item.group_id,
             "schoolSourcedId": world.unit_ids[item.unit], "userSourcedId": pupil.person_id, "role": "student",
             "beginDate": span.first.isoformat(), "endDate": span.last.isoformat() if span.last else ""}
        )  # fmt: skip
    people: list[tuple[Pupil | Adult, str, str]] = [
        (pupil, _pupil_orgs(world, pupil), "student") for pupil in world.current_pupils()
    ]
    people += [(world.adults[duty.adult], _duty_org(world, duty.unit), "teacher") for duty in world.duties]
    users: dict[str, Row] = {}
    roles: dict[str, Row] = {}
    for person, org, role in people:
        users.setdefault(person.person_id, _user(person, org, role, version))
        roles[f"{person.person_id}:{org}:{role}"] = {
            "sourcedId": f"{person.person_id}:{org}:{role}", "userSourcedId": person.person_id,
            "roleType": "primary", "role": role, "orgSourcedId": org,
        }  # fmt: skip
    made["users"] = list(users.values())
    if version != "1.1":
        made["roles"] = list(roles.values())
    return made


def sds_roster(world: World) -> Roster:
    """The municipality's roster as SDS V2.1 has it."""
    made = roster(world, "1.2")
    made["roles"] = [{**row, "sessionSourcedId": f"{SCHOOL_YEAR}", "isPrimary": "True"} for row in made["roles"]]
    made["classes"] = [
        {**row, "orgSourcedId": row["schoolSourcedId"], "sessionSourcedIds": row["termSourcedIds"]}
        for row in made["classes"]
    ]
    seen: dict[tuple[str, str], Row] = {}
    for row in made["enrollments"]:
        seen.setdefault((row["classSourcedId"], row["userSourcedId"]), row)
    made["enrollments"] = list(seen.values())
    return made


def write_bulk(path: Path, complete: Roster, day: date, version: str = "1.1") -> Path:
    """Write a OneRoster archive with everything."""
    files = {name: (fields, complete[name]) for name, fields in columns(version).items() if name in complete}
    return _write_oneroster(path, files, dict.fromkeys(files, "bulk"), day, version)


def write_delta(path: Path, before: Roster, after: Roster, day: date, version: str = "1.1") -> Path:
    """Write a OneRoster archive with what differs; a file without changes is absent."""
    stamp = {"dateLastModified": f"{day.isoformat()}T02:00:00.000Z"}
    files: dict[str, tuple[Sequence[str], list[Row]]] = {}
    for name, fields in columns(version).items():
        old, new = ({row["sourcedId"]: row for row in rows.get(name, [])} for rows in (before, after))
        changed = [{**row, "status": "active", **stamp} for key, row in new.items() if old.get(key) != row]
        changed += [{**row, "status": "tobedeleted", **stamp} for key, row in old.items() if key not in new]
        if changed:
            files[name] = (fields, changed)
    return _write_oneroster(path, files, dict.fromkeys(files, "delta"), day, version)


def write_sds(path: Path, complete: Roster, day: date) -> Path:
    """Write an SDS archive: the files of the roster, each complete."""
    return _write_zip(path, {f"{name}.csv": _text(SDS[name], rows) for name, rows in complete.items()}, day)


def _write_oneroster(
    path: Path, files: Mapping[str, tuple[Sequence[str], list[Row]]], said: Mapping[str, str], day: date, version: str
) -> Path:
    named = [*_MANIFEST, "roles"] if version != "1.1" else list(_MANIFEST)
    manifest = [{"propertyName": "manifest.version", "value": "1.0"},
                {"propertyName": "oneroster.version", "value": version},
                *({"propertyName": f"file.{name}", "value": said.get(name, "absent")} for name in sorted(named)),
                {"propertyName": "source.systemName", "value": "Påhittat elevregister"},
                {"propertyName": "source.systemCode", "value": "pahittat"}]  # fmt: skip
    texts = {f"{name}.csv": _text(fields, rows) for name, (fields, rows) in files.items()}
    return _write_zip(path, {"manifest.csv": _text(("propertyName", "value"), manifest), **texts}, day)


def _write_zip(path: Path, files: Mapping[str, str], day: date) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (day.year, day.month, day.day, 2, 0, 0)), text)
    return path


def _text(fields: Sequence[str], rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _orgs(world: World) -> list[Row]:
    district = world.organisation_ids["principal"]
    rows = [{"sourcedId": district, "name": f"{world.preset.municipality}s kommun (påhittad)", "type": "district"}]
    for unit, unit_id in zip(world.units, world.unit_ids, strict=True):
        rows.append({"sourcedId": unit_id, "name": unit.name, "type": "school", "identifier": unit.code,
                     "parentSourcedId": district})  # fmt: skip
    return rows


def _sessions() -> list[Row]:
    year, autumn, spring = f"{SCHOOL_YEAR}", SCHOOL_YEAR, SCHOOL_YEAR + 1
    return [
        {"sourcedId": year, "title": f"Läsåret {autumn}/{spring % 100}", "type": "schoolYear",
         "startDate": f"{autumn}-07-01", "endDate": f"{spring}-06-30", "schoolYear": f"{spring}"},
        {"sourcedId": f"{year}HT", "title": "Höstterminen", "type": "term", "startDate": f"{autumn}-08-18",
         "endDate": f"{autumn}-12-21", "parentSourcedId": year, "schoolYear": f"{spring}"},
        {"sourcedId": f"{year}VT", "title": "Vårterminen", "type": "term", "startDate": f"{spring}-01-12",
         "endDate": f"{spring}-06-16", "parentSourcedId": year, "schoolYear": f"{spring}"},
    ]  # fmt: skip


def _pupil_orgs(world: World, pupil: Pupil) -> str:
    return world.unit_ids[pupil.unit_in(pupil.grade_year or 0)]


def _duty_org(world: World, unit: int) -> str:
    return world.unit_ids[unit] if unit >= 0 else world.organisation_ids["principal"]


def _user(person: Pupil | Adult, org: str, role: str, version: str) -> Row:
    name = person.person_id[:8]
    row = {"sourcedId": person.person_id, "enabledUser": "true", "username": f"{name}@skola.example",
           "givenName": person.given_name, "familyName": person.family_name, "identifier": person.number or "",
           "email": f"{name}@skola.example"}  # fmt: skip
    if isinstance(person, Pupil):
        row["grades"] = f"{person.grade_year or 0:02}"
    return row | ({"orgSourcedIds": org, "role": role} if version == "1.1" else {"primaryOrgSourcedId": org})
