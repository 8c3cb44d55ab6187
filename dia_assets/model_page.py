"""docs/model.md, written from the marts' YAML: facts and dimensions drawn, the bus matrix, and each table's grain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dia_assets import yaml_text
from dia_assets.register import DBT
from dia_assets.settings import PROJECT

PAGE = PROJECT / "docs" / "model.md"
MARTS = DBT / "models" / "marts"
# A column that ties a fact to a dimension: the dimension's name in the matrix, and its table where there is one.
TIES = {
    "person_key": ("Person", "dim_pupil"),
    "school_unit_code": ("School unit", "dim_school_unit"),
    "school_year": ("School year", "dim_school_year"),
    "subject_code": ("Subject", "dim_subject"),
    "calendar_date": ("Date", "dim_date"),
    "term_code": ("Term", "dim_term"),
    "grade_year": ("Grade year", "dim_grade_year"),
    "programme_code": ("Programme", "dim_programme"),
    "home_municipality_code": ("Home municipality", "dim_municipality"),
    "sex_code": ("Sex", None),
    "indicator_id": ("Indicator", "dim_indicator"),
    "_load": ("Delivery", None),
}
TIME = {
    "spring_year",
    "survey_year",
    "assessment_year",
    "month",
    "lesson_date",
    "start_school_year",
    "period",
    "start_date",
}
DAYS = {
    "graded_on",
    "issued_on",
    "lesson_date",
    "move_date",
    "snapshot_date",
    "start_date",
}
OTHERS = {
    ("fct_staff_service", "dim_pupil"),
    ("fct_upper_secondary_grade", "dim_subject"),
    ("fct_assessment", "dim_term"),
    ("fct_self_assessment", "dim_term"),
}  # the same name, not the same


@dataclass(frozen=True)
class Mart:
    """One table of the marts as its YAML says it."""

    name: str
    grain: str
    columns: tuple[str, ...]
    key_type: str = "varchar"

    def ties(self, column: str) -> list[str]:
        """The columns that tie the table to a dimension: of its name, or that say from which and to which; any day."""
        if column == "calendar_date":
            return [name for name in self.columns if name in DAYS]
        return [name for name in self.columns if name.removeprefix("from_").removeprefix("to_") == column]

    def is_tied(self, column: str) -> bool:
        """Whether the table has the dimension that a column stands for; a year or a day lies in a school year."""
        return bool(self.ties(column)) or (column == "school_year" and bool(TIME & set(self.columns)))


def marts(folder: Path = MARTS) -> list[Mart]:
    """Facts and dimensions, in the order of their names."""
    found = []
    for path in sorted(folder.rglob("*.yml")):
        if path.stem.startswith(("fct_", "dim_")):
            (model,) = yaml_text.read(path.read_text(encoding="utf-8"))["models"]
            grain = re.search(r"Grain: (.*?\.)(?:\s|$)", " ".join(model["description"].split()))
            if grain is None:
                raise ValueError(f"{path.name} does not begin with its grain")
            columns = model["columns"]
            names = tuple(column["name"] for column in columns)
            found.append(Mart(model["name"], grain.group(1), names, columns[0]["data_type"] if columns else "varchar"))
    return sorted(found, key=lambda mart: mart.name)


def page(tables: Sequence[Mart]) -> str:
    """The page's text."""
    facts = [table for table in tables if table.name.startswith("fct_")]
    dimensions = [table for table in tables if table.name.startswith("dim_")]
    labels = [label for label, _ in TIES.values()]
    lines = [
        "# The dimensional model",
        "",
        "Written from the YAML of `dbt_project/models/marts` by `dia indicators write`. Each table's own `.yml` has",
        "its key, rules and columns, and says when to use it. What is published is indicators made from these facts;",
        "no table here leaves the internal zone.",
        "",
        "```mermaid",
        "erDiagram",
        *(f"    {table.name} {{\n        {table.key_type} {table.columns[0]} PK\n    }}" for table in dimensions),
        *(
            f"    {target} ||--o{{ {fact.name} : {tie}"
            for fact in facts
            for column, (_, target) in TIES.items()
            if target and fact.is_tied(column) and (fact.name, target) not in OTHERS
            for tie in fact.ties(column) or [column]
        ),
        "```",
        "",
        "## Bus matrix",
        "",
        f"| fact | {' | '.join(labels)} |",
        f"|---|{'---|' * len(labels)}",
        *(
            f"| `{fact.name}` | {' | '.join('●' if fact.is_tied(column) else '' for column in TIES)} |"
            for fact in facts
        ),
        "",
        "*School year*: of the day, month, year or term that the fact has. *Person* is a random key; of",
        "`fct_staff_service` it is a member of staff. Of `fct_survey_answer` and `fct_self_assessment` there is none:",
        "respondents are anonymous, and units answer for themselves. Subjects of upper secondary school have a list of",
        "their own (`ref_gy_subject`). A grade year is told apart by school form and by the day on which it holds.",
        "",
        "## Grain",
        "",
        "| table | one row per |",
        "|---|---|",
        *(f"| `{table.name}` | {table.grain.removeprefix('one row per ')} |" for table in tables),
    ]
    return "\n".join(lines) + "\n"


def write(path: Path = PAGE) -> Path:
    """Write the page."""
    path.write_text(page(marts()), encoding="utf-8")
    return path
