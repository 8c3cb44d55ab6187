"""The honest opponent: plain Python and DuckDB SQL, as a good analyst would write it.

Reads the same extract files and makes the same marts in one DuckDB file, by the scripts in `handwritten/` in order. The
rules of the school domain are written straight into the SQL. No contract, gate, quarantine, history, lineage, vault or
publication belongs here, and nothing of the product is imported: it also serves as a second opinion on the product's
figures.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineWorkbook

MARTS = Path(__file__).with_name("handwritten")  # scripts 1_….sql, 2_….sql …, run in that order
SUBJECTS_YEAR9 = (
    "bl", "en", "hkk", "idh", "ma", "m1", "m2", "ml", "mu", "bi", "fy", "ke", "ge", "hi", "re", "sh", "sl", "sv",
    "sva", "tn", "tk", "ovr",
)  # fmt: skip
SUBJECTS_YEAR6 = (
    "bl", "en", "hkk", "idh", "ma", "m1", "m2", "ml", "mu", "no", "bi", "fy", "ke", "so", "ge", "hi", "re", "sh",
    "sl", "sv", "sva", "tn", "tk", "ovr",
)  # fmt: skip
LANGUAGES = ("m1", "m2", "ml")
NATIONAL_TEST = (
    "ma_group", "ma_a", "ma_b", "ma_c", "ma_d", "ma_total", "sv_group", "sv_syllabus", "sv_a", "sv_b", "sv_c",
    "sv_total", "en_group", "en_a", "en_b", "en_c", "en_total", "no_subject", "no_a", "no_b", "no_group", "no_total",
    "so_subject", "so_a", "so_b", "so_group", "so_total",
)  # fmt: skip
STATISTICS = (
    "school_name", "unit", "municipality", "municipality_code", "principal_type", "principal", "principal_number",
    "pupils", "all_subjects_share", "vocational_eligible_share", "average_merit_value",
)  # fmt: skip
YEAR6_TEST = (
    "ma_group", "ma_a", "ma_b", "ma_c", "ma_d", "ma_e", "ma_total", "sv_group", "sv_syllabus", "sv_a", "sv_b", "sv_c",
    "sv_a_points", "sv_b_points", "sv_c_points", "sv_total", "en_group", "en_a", "en_b", "en_c", "en_a_points",
    "en_b_points", "en_c_points", "en_total",
)  # fmt: skip
YEAR3_TEST = (
    "ma_group", "ma_a", "ma_b", "ma_c", "ma_d", "ma_e", "ma_f", "ma_g", "ma_g1", "ma_g2", "ma_b_points", "ma_c_points",
    "ma_d_points", "ma_e_points", "ma_f_points", "ma_g_points", "ma_g1_points", "ma_g2_points", "sv_group",
    "sv_syllabus", "sv_a", "sv_b", "sv_c", "sv_d", "sv_e", "sv_f", "sv_g", "sv_h", "sv_b_points", "sv_c_points",
)  # fmt: skip
SURVEY = ("unit", "grade_year", "respondent", "answered_on", "invited", "question", "area", "answer", "number_beside")
SUPPORT = {
    "number": "varchar", "unit": "varchar", "class_label": "varchar", "support_type": "varchar", "first_day": "date",
    "last_day": "date", "decided_on": "date", "note": "varchar",
}  # fmt: skip
COURSE_GRADE = {
    "number": "varchar", "unit": "varchar", "education": "varchar", "kind": "varchar", "code": "varchar",
    "level": "integer", "credits": "integer", "category": "varchar", "grade": "varchar", "graded_on": "date",
    "remark": "varchar",
}  # fmt: skip
CERTIFICATE = {
    "number": "varchar", "unit": "varchar", "education": "varchar", "document": "varchar", "issued_on": "date",
    "credits": "integer", "project": "varchar", "remark": "varchar",
}  # fmt: skip
LIKA = ("unit", "answered_on", "area", "item", "score")
SELFIE = ("unit", "respondents", "area", "item", "answers", "average")
UNIT_FACTORS = (
    "unit", "school_name", "pupils", "parents_education", "share_boys", "share_newly_arrived", "share_known",
)  # fmt: skip
RISK_INDICES = ("unit", "school_name", "pupils", "risk_index")
ASSESSMENT = ("number", "unit", "class_label", "grade_year", "subject", "level", "assessed_on", "comment")
LESSON = {
    "unit": "varchar", "number": "varchar", "class_label": "varchar", "subject": "varchar", "lesson_date": "date",
    "start_time": "varchar", "lesson_id": "varchar", "scheduled": "double", "present": "double", "valid": "double",
    "invalid": "double", "recorded": "varchar", "comment": "varchar",
}  # fmt: skip

PERSON = "struct(id varchar, securityMarking varchar)"
REFERENCE = "struct(id varchar)"
REGISTER = {
    "organisations": (
        "struct(id varchar, displayName varchar, organisationType varchar, schoolUnitCode varchar,"
        f" municipalityCode varchar, schoolTypes varchar[], organisationNumber varchar, parentOrganisation {REFERENCE},"
        " startDate varchar, endDate varchar)"
    ),
    "persons": (
        "struct(id varchar, civicNo struct(value varchar), sex varchar, birthDate varchar, securityMarking varchar,"
        f" addresses struct(municipalityCode varchar)[], enrolments struct(enroledAt {REFERENCE}, schoolType varchar,"
        " schoolYear integer, startDate varchar, endDate varchar, educationCode varchar)[],"
        f" responsibles struct(person {PERSON}, relationType varchar)[])"
    ),
    "duties": f"struct(id varchar, person {PERSON}, dutyAt {REFERENCE}, dutyRole varchar, dutyPercent integer)",
    "groups": (
        f"struct(id varchar, displayName varchar, groupType varchar, organisation {REFERENCE},"
        f" groupMemberships struct(person {PERSON}, startDate varchar, endDate varchar)[])"
    ),
}


def build(
    extracts: Path, database: Path, keep_lessons: bool = True, threads: int = 2, memory_limit: str = "4GB"
) -> None:
    """Read the extracts of all systems and write the marts into a new DuckDB file.

    Without `keep_lessons` the largest mart, one row per pupil and lesson, is not written; everything else is.
    """
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as db:
        db.execute(f"set threads = {threads}; set memory_limit = '{memory_limit}'")
        _read_register(db, extracts / "ss12000")
        _read_results(db, extracts / "scb")
        _read_skolverket(db, extracts / "skolverket")
        _read_attendance(db, extracts / "narvaro")
        _read_others(db, extracts)
        for script in sorted(MARTS.glob("*.sql")):
            marts = script.read_text(encoding="utf-8")
            if not keep_lessons:
                marts = marts.replace("create table fct_attendance_lesson", "create temp view fct_attendance_lesson")
            db.execute(marts)


def _read_register(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The newest full list of each kind."""
    for name in ("organisations", "persons", "duties", "groups"):
        newest = max(folder.glob(f"{name}*.json"), key=lambda path: (len(path.name), path.name))
        db.execute(
            f"create temp table {name} as select unnest(data) as r from read_json('{newest}',"
            f" columns = {{'data': '{REGISTER[name]}[]'}}, maximum_object_size = 100000000)"
        )


def _read_results(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """SCB files have no header; the spring year is in the file's name."""
    head = ["system", "extract_date", "version", "number", "unit"]
    pupil = ["class_label", "given_name", "family_name"]
    for name, pattern, columns in (
        ("final_grades", "betyg_ak9_*.txt", head + pupil + _grade_columns(SUBJECTS_YEAR9)),
        ("year6_grades", "betyg_ak6_*.txt", head + pupil + _grade_columns(SUBJECTS_YEAR6)),
        ("national_tests", "np_ak9_*.txt", [*head, *NATIONAL_TEST]),
        ("year6_tests", "np_ak6_*.txt", [*head, *YEAR6_TEST]),
        ("year3_tests", "np_ak3_*.txt", [*head, *YEAR3_TEST]),
    ):
        _read_csv(db, name, sorted(folder.glob(pattern)), columns, "header = false, quote = ''")


def _grade_columns(subjects: tuple[str, ...]) -> list[str]:
    """In the order of SCB's layout; a language has its code before its grade."""
    return [name for s in subjects for name in ((f"{s}_language", s) if s in LANGUAGES else (s,))]


def _read_skolverket(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    _read_csv(db, "statistics", sorted(folder.glob("*.csv")), STATISTICS, "header = true, skip = 5")


def _read_attendance(db: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Corrections come after the files that they correct."""
    files = sorted(folder.glob("*.csv"), key=lambda path: ("_rattelse" in path.name, path.name))
    _read_csv(db, "lessons", files, LESSON, "header = true, decimal_separator = ','", leave_out="comment")


def _read_others(db: duckdb.DuckDBPyConnection, extracts: Path) -> None:
    """Surveys, assessments, upper secondary, background, the newest lists of support and of staff (a workbook)."""
    for name, pattern, columns, leave_out in (
        ("pupil_survey", "enkat/elevenkat_*.csv", SURVEY, ""),
        ("guardian_survey", "enkat/vardnadshavarenkat_*.csv", SURVEY, ""),
        ("lika", "sjalvskattning/lika_*.csv", LIKA, "answered_on"),
        ("selfie", "sjalvskattning/selfie_*.csv", SELFIE, ""),
        ("assessments", "bedomning/omdomen_*.csv", ASSESSMENT, "comment"),
        ("course_grades", "gymnasiebetyg/gybetyg_*.csv", COURSE_GRADE, "remark"),
        ("certificates", "gymnasiebetyg/gyexamen_*.csv", CERTIFICATE, "remark"),
        ("unit_factors", "bakgrund/bakgrund_ak9_*.csv", UNIT_FACTORS, ""),
        ("risk_indices", "bakgrund/socioekonomiskt_index_*.csv", RISK_INDICES, ""),
    ):
        _read_csv(db, name, sorted(extracts.glob(pattern)), columns, "header = true", leave_out)
    support = max((extracts / "elevstod").glob("*.csv"))
    _read_csv(db, "support", [support], SUPPORT, "header = true", leave_out="note")
    newest = max((extracts / "personal").glob("*.xlsx"))
    heading, *rows = CalamineWorkbook.from_path(newest).get_sheet_by_index(0).to_python()
    names = [str(name) for name in heading]
    texts = [{name: str(cell) for name, cell in zip(names, row, strict=True)} for row in rows]
    db.register("staff_rows", pa.Table.from_pylist(texts))
    db.execute("create temp table staff as from staff_rows")
    db.unregister("staff_rows")


def _read_csv(
    db: duckdb.DuckDBPyConnection,
    table: str,
    files: list[Path],
    columns: Sequence[str] | dict[str, str],
    options: str,
    leave_out: str = "",
) -> None:
    """Load files into one table with `file_no`, their place in the list; lines that cannot be read are skipped.

    `columns`: names with their types, or names alone if all are text.
    """
    types = columns if isinstance(columns, dict) else dict.fromkeys(columns, "varchar")
    exclude = f" exclude (filename, {leave_out})" if leave_out else " exclude (filename)"
    with tempfile.TemporaryDirectory(dir=_database_folder(db)) as scratch:
        sources = [str(_as_utf8(path, Path(scratch))) for path in files]
        numbers = {path: place for place, path in enumerate(sources)}
        db.execute(
            f"create temp table {table} as select *{exclude}, map {numbers}[filename] as file_no,"
            f" parse_filename(filename) as file from read_csv({sources}, delim = ';', {options}, columns = {types},"
            " auto_detect = false, ignore_errors = true, filename = true)"
        )


def _as_utf8(path: Path, scratch: Path) -> Path:
    """The file itself if it is UTF-8, else a copy of it: DuckDB reads no cp1252 without an extension."""
    with path.open("rb") as file:
        start = file.read(1 << 20)
    try:
        start[: start.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        copy = scratch / path.name
        copy.write_text(path.read_text(encoding="cp1252", errors="replace"), encoding="utf-8")
        return copy
    return path


def _database_folder(db: duckdb.DuckDBPyConnection) -> Path:
    row = db.execute("select path from duckdb_databases() where database_name = current_database()").fetchone()
    assert row is not None
    return Path(row[0]).parent


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), keep_lessons="--without-lessons" not in sys.argv)
