"""Skolverket's published file, as it is shipped: preamble and footnotes are no rows, and no mark is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from dia_assets.contracts import load_contracts
from dia_assets.settings import PROJECT

from .support import Landing

STATISTICS = load_contracts()["skolverket.final_grade_statistics"]
NAME = "skolverket_slutbetyg_ak9_skolenhet_2024-25.csv"
FILE = PROJECT / "dia_assets" / "synthetic" / "data" / NAME
CELLS = ("pupils", "all_subjects_share", "vocational_eligible_share", "average_merit_value")


def test_footnotes_are_no_school_units_and_every_mark_is_kept(landing: Landing) -> None:
    content = FILE.read_bytes()
    lines = content.decode("utf-8-sig").splitlines()[6:]
    published = lines[: next(number for number, line in enumerate(lines) if line.startswith(";"))]
    marks = Counter(cell for line in published for cell in line.split(";")[7:] if not cell[:1].isdigit())
    _, candidate = landing.read(STATISTICS, NAME, content)
    rows = landing.candidate_rows(candidate)
    kept = Counter(row[name] for row in rows for name in CELLS if not str(row[name])[:1].isdigit())
    assert (len(rows), candidate.rows_quarantined) == (1714, 0)
    assert kept == marks == {"..": 478, "~100": 354, ".": 116}


@pytest.mark.parametrize("mark", ["..", ".", "~100", "-", "–", "9,9"])
def test_what_a_cell_says_reaches_raw_as_it_was_published(landing: Landing, mark: str) -> None:
    head = FILE.read_text(encoding="utf-8-sig").splitlines()[:6]
    unit = f"En skola;00000001;Enköping;0381;Kommunal;Enköpings kommun;2120000282;20;{mark};{mark};{mark}"
    foot = [";" * 10, "Rapportbeskrivning;;;;;;;;;;", ";Fortsättning på en not;;;;;;;;;"]
    _, candidate = landing.read(STATISTICS, NAME, "\n".join([*head, unit, *foot]))
    rows = landing.candidate_rows(candidate)
    assert [[row[name] for name in CELLS] for row in rows] == [["20", mark, mark, mark]]
