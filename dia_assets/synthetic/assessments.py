"""Writes the learning platform's file of written assessments: years 1–5 of grundskolan, where no grades are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dia_assets.synthetic.presets import TODAY
from dia_assets.synthetic.truth import CHECK, Truth
from dia_assets.synthetic.world import CANARY_COMMENT, CANARY_STRING, Pupil, World

FILE = f"omdomen_{TODAY.year}_vt.csv"
HEADER = "Personnummer;Skolenhetskod;Klass;Årskurs;Ämne;Omdöme;Datum;Kommentar"
LEVELS = ("Riskerar att inte nå", "Godtagbara kunskaper", "Mer än godtagbara kunskaper")
NOT_ASSESSED = "Ej bedömt"
SUBJECTS = ("MA", "EN", "NO", "SO", "BL", "IDH", "MU")
LEVEL = 5
_RISK_BELOW, _MORE_ABOVE = -1.2, 0.6  # ability in standard deviations: about 12 % at risk, 28 % above
_COMMENTS = ("", "", "", "", "Behöver mer tid.", "Fin utveckling i vår.", "Se åtgärder i planen.")


def write_assessments(world: World, folder: Path, truth: Truth) -> None:
    """Write the spring term's file and note its defects."""
    rng = world.rng("assessments")
    pupils = [
        pupil for pupil in world.current_pupils()
        if pupil.form == "GR" and 1 <= (pupil.grade_year or 0) <= 5 and pupil.role != "test"
    ]  # fmt: skip
    rows = [row for pupil in pupils for row in _rows(world, pupil, rng)]
    if not rows:
        return
    rows[0][-1] = CANARY_COMMENT
    plain = [not pupil.is_protected and not pupil.role and pupil.number.isdigit() for pupil in pupils]
    usable = np.repeat(np.array(plain), len(SUBJECTS) + 1)
    _add_dirt(world, rows, np.flatnonzero(usable), truth)
    folder.mkdir(parents=True, exist_ok=True)
    text = "\r\n".join([HEADER, *(";".join(row) for row in rows), ""])
    (folder / FILE).write_bytes(text.encode("cp1252"))


def _rows(world: World, pupil: Pupil, rng: np.random.Generator) -> list[list[str]]:
    unit, label = world.units[pupil.unit_in(pupil.grade_year or 0)].code, world.classes[pupil.class_index].label
    swedish = "SVA" if pupil.newly_arrived or rng.random() < 0.09 else "SV"
    rows = []
    for subject in (swedish, *SUBJECTS):
        score = np.sqrt(0.8) * pupil.theta + np.sqrt(0.2) * rng.standard_normal()
        level = LEVELS[int(score > _RISK_BELOW) + int(score > _MORE_ABOVE)] if rng.random() > 0.01 else NOT_ASSESSED
        comment = str(rng.choice(_COMMENTS)) if not pupil.is_protected else f"{CANARY_STRING} {CANARY_COMMENT}"
        day = f"{TODAY.year}-05-{int(rng.integers(4, 29)):02d}"
        rows.append([pupil.number, unit, label, str(pupil.grade_year), subject, level, day, comment])
    return rows


def _add_dirt(world: World, rows: list[list[str]], usable: np.ndarray, truth: Truth) -> None:
    """Levels that are not decided, and numbers with a wrong check digit; protected pupils are spared."""
    rng = world.rng("dirt-assessments")
    count = max(1, round(0.001 * world.preset.dirt_factor * len(rows)))
    chosen = [int(place) for place in rng.permutation(usable)[: 2 * count]]
    for place in chosen[:count]:
        rows[place][LEVEL] = "På väg"
    for place in chosen[count:]:
        number = rows[place][0]
        rows[place][0] = number[:-1] + str((int(number[-1]) + 1) % 10)
    truth.add(FILE, "assessment_level_unknown", CHECK, "Omdöme", [place + 1 for place in chosen[:count]])
    truth.add(FILE, "number_wrong_check_digit", CHECK, "Personnummer", [place + 1 for place in chosen[count:]])
