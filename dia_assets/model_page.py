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
    "grade_year": ("Grade year", None),
    "programme_code": ("Programme", None),
    "sex_code": ("Sex", None),
    "indicator_id": ("Indicator", None),
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
OTHERS = {
    ("fct_staff_service", "dim_pupil"),
    ("fct_upper_secondary_grade", "dim_subject"),
}  # the same name, not the same


@dataclass(frozen=True)
class Mart:
    """One table of the marts as its YAML says it."""

    name: str
    grain: str
    columns: tuple[str, ...]

    def ties(self, column: str) -> list[str]:
        """The columns that tie the table to a dimension: of its name, or that say from which and to which."""
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
            found.append(Mart(model["name"], grain.group(1), tuple(column["name"] for column in model["columns"])))
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
        *(f"    {table.name} {{\n        varchar {table.columns[0]} PK\n    }}" for table in dimensions),
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
        "their own (`ref_gy_subject`).",
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
