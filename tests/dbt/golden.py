"""The golden class: twelve pupils whose every result is known, as raw rows and as expected results."""

from __future__ import annotations

import csv
import io

UNIT = "00000001"
SPRING = 2025

GRADES = """\
pupil,sex,BL,EN,HKK,IDH,MA,MU,BI,FY,KE,GE,HI,RE,SH,SL,SV,SVA,TK,M2,ML
P01,K,C,B,C,B,D,C,D,E,D,C,C,B,C,B,C,.,E,D,.
P02,M,E,E,D,E,F,E,E,F,E,E,E,E,E,D,E,.,-,-,.
P03,K,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,.,A,A,.
P04,M,F,F,F,F,F,F,F,F,F,F,F,F,F,F,.,F,F,.,.
P05,K,C,B,C,B,D,C,D,E,D,C,C,B,C,B,C,.,E,D,A
P06,M,D,F,E,C,E,E,F,F,F,F,F,F,F,D,.,F,F,.,A
P07,M,E,E,E,E,E,E,E,3,E,E,E,E,E,E,E,.,3,.,.
P08,K,E,E,F,F,E,E,F,F,F,E,E,E,E,E,E,.,F,.,.
P09,M,E,E,E,E,E,E,E,E,E,F,F,F,F,E,E,.,E,.,.
P10,K,E,E,E,E,E,E,E,E,E,E,E,E,E,E,E,.,E,E,.
P11,M,-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,.,-,.,.
P12,K,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,.,A,A,.
"""

# pupil: merit16, merit17, all subjects, all subjects strictly, YP, ES, EK/HU/SA, NA/TE, IMV (None: eligible to YP)
EXPECTED: dict[str, tuple[float, float, bool, bool, bool, bool, bool, bool, bool | None]] = {
    "P01": (235.0, 245.0, True, True, True, True, True, True, None),
    "P02": (135.0, 135.0, False, False, False, False, False, False, True),
    "P03": (320.0, 340.0, True, True, True, True, True, True, None),
    "P04": (0.0, 0.0, False, False, False, False, False, False, False),
    "P05": (245.0, 255.0, True, True, True, True, True, True, None),
    "P06": (90.0, 90.0, False, False, False, False, False, False, False),
    "P07": (140.0, 140.0, True, False, True, True, True, False, None),
    "P08": (100.0, 100.0, False, False, True, False, False, False, None),
    "P09": (120.0, 120.0, False, False, True, True, False, True, None),
    "P10": (160.0, 170.0, True, True, True, True, True, True, None),
    "P11": (0.0, 0.0, False, False, False, False, False, False, False),
}


def grade_rows() -> list[dict[str, str]]:
    """The class as rows of SCB's file for final grades."""
    rows = []
    for pupil in csv.DictReader(io.StringIO(GRADES)):
        row = {
            "_person": pupil["pupil"],
            "spring_year": str(SPRING),
            "school_unit_code": UNIT,
            "class_label": "9A",
            "m2_language": "SPA",
        }
        row |= {
            f"grade_{subject.lower()}": "2" if grade == "." else "9" if grade == "-" else grade
            for subject, grade in pupil.items()
            if subject not in ("pupil", "sex")
        }
        rows.append(row)
    return rows


def person_rows() -> list[dict[str, str]]:
    """The class in the register."""
    return [
        {
            "_person": pupil["pupil"],
            "person_id": pupil["pupil"],
            "sex": "Kvinna" if pupil["sex"] == "K" else "Man",
            "birth_date": "2009-05-01",
            "home_municipality_code": "381",
        }
        for pupil in csv.DictReader(io.StringIO(GRADES))
    ]


def enrolment_rows() -> list[dict[str, str]]:
    """All in grundskola; P12 is integrated from anpassad grundskola."""
    rows = []
    for pupil in csv.DictReader(io.StringIO(GRADES)):
        row = {
            "_person": pupil["pupil"],
            "organisation_id": "unit-1",
            "school_type": "GRS" if pupil["pupil"] == "P12" else "GR",
            "school_year": "9",
            "start_date": "2022-08-15",
            "end_date": "2025-06-30",
        }
        rows.append(row)
    return rows


def organisation_rows() -> list[dict[str, str]]:
    """A municipality with one school unit."""
    return [
        {
            "organisation_id": "principal",
            "display_name": "Exempelkommun",
            "organisation_type": "Huvudman",
            "organisation_number": "212000-0001",
            "municipality_code": "381",
        },
        {
            "organisation_id": "unit-1",
            "display_name": "Exempelskolan",
            "organisation_type": "Skolenhet",
            "parent_organisation_id": "principal",
            "school_unit_code": UNIT,
            "school_types": '["FKLASS", "GR"]',
            "municipality_code": "381",
        },
    ]
