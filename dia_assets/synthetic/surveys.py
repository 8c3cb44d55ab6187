"""Writes the pupil and guardian surveys: anonymous answers, one file per round, in the manner of Skolenkäten.

Each index has two questions with four answers (0, 3.33, 6.67, 10) and "Vet ej". The pupil survey is held every second
spring in years 5, 8 and the second of gymnasieskolan; guardians are asked from förskoleklass to year 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from dia_assets.synthetic.truth import CHECK, Truth
from dia_assets.synthetic.world import World

ROUNDS = (2024, 2026)
ANOMALY_SAFETY = "00000020"
PUPIL_YEARS = (5, 8, 11)
ANSWERS = ("Stämmer inte alls", "Stämmer ganska dåligt", "Stämmer ganska bra", "Stämmer helt och hållet")
VALUES = ("0", "3,33", "6,67", "10")
UNKNOWN = "Vet ej"
HEADER = "Skolenhetskod;Årskurs;Svarsnummer;Svarsdatum;Inbjudna;Frågenummer;Område;Svar;Värde"
# Index: mean in year 5, in year 8 and in gymnasieskolan, 0–10.
INDICES = {
    "Trygghet": (7.9, 7.3, 7.6),
    "Studiero": (5.9, 5.0, 5.8),
    "Stimulans": (6.6, 5.2, 5.6),
    "Stöd": (7.2, 6.2, 6.3),
    "Delaktighet och inflytande": (6.3, 5.4, 5.6),
}
_RESPONSE = {"pupils": (0.85, 0.90), "guardians": (0.25, 0.35)}
_UNKNOWN_SHARE = 0.03


@dataclass(frozen=True)
class _Audience:
    """Who is asked, and what the file is called."""

    name: str
    file: str
    years: tuple[int, ...]
    rounds: tuple[int, ...]


AUDIENCES = (
    _Audience("pupils", "elevenkat", PUPIL_YEARS, ROUNDS),
    _Audience("guardians", "vardnadshavarenkat", tuple(range(10)), ROUNDS[-1:]),
)


def write_surveys(world: World, folder: Path, truth: Truth) -> None:
    """Write every round of both surveys and note the planted drop in safety and the defects."""
    folder.mkdir(parents=True, exist_ok=True)
    groups: dict[tuple[int, int], int] = {}
    for pupil in world.current_pupils():
        if pupil.form in ("GR", "GY", "FKLASS") and pupil.grade_year is not None:
            group = (pupil.unit_in(pupil.grade_year), pupil.grade_year)
            groups[group] = groups.get(group, 0) + 1
    for audience in AUDIENCES:
        for survey_year in audience.rounds:
            name = f"{audience.file}_{survey_year}.csv"
            rows = _rows(world, audience, survey_year, groups)
            if rows:
                _note_safety(audience, survey_year, rows, truth)
                _add_dirt(world, name, rows, truth)
                encoding = "cp1252" if survey_year == ROUNDS[0] else "utf-8"
                text = "\r\n".join([HEADER, *(";".join(row) for row in rows), ""])
                (folder / name).write_bytes(text.encode(encoding))


def _rows(world: World, audience: _Audience, survey_year: int, groups: dict[tuple[int, int], int]) -> list[list[str]]:
    rng = world.rng(f"survey-{audience.name}", survey_year)
    low, high = _RESPONSE[audience.name]
    rows: list[list[str]] = []
    numbers = [0] * len(world.units)
    for (unit, grade_year), invited in sorted(groups.items()):
        if grade_year not in audience.years:
            continue
        for _ in range(round(invited * rng.uniform(low, high))):
            numbers[unit] += 1
            day = date(survey_year, 2, 2) + timedelta(int(rng.integers(0, 40)))
            fixed = [world.units[unit].code, str(grade_year), str(numbers[unit]), day.isoformat(), str(invited)]
            rows += [fixed + own for own in _answers(world, survey_year, unit, grade_year, rng)]
    return rows


def _answers(world: World, survey_year: int, unit: int, grade_year: int, rng: np.random.Generator) -> list[list[str]]:
    """One respondent's answers: two questions per index, drawn around the mean of the unit and of the person."""
    stage = 0 if grade_year <= 6 else 1 if grade_year <= 9 else 2
    person = 0.12 * rng.standard_normal()
    rows = []
    for place, (index, means) in enumerate(INDICES.items()):
        planted = world.preset.anomalies and world.units[unit].code == ANOMALY_SAFETY and index == "Trygghet"
        mean = (7.9 if survey_year == ROUNDS[0] else 6.4) if planted else means[stage]
        chance = float(np.clip(mean / 10 + person, 0.02, 0.98))
        for question in (1, 2):
            step = int(rng.binomial(3, chance))
            known = rng.random() >= _UNKNOWN_SHARE
            answer = [ANSWERS[step], VALUES[step]] if known else [UNKNOWN, ""]
            rows.append([str(2 * place + question), index, *answer])
    return rows


def _note_safety(audience: _Audience, survey_year: int, rows: list[list[str]], truth: Truth) -> None:
    """Note what the unit with the planted drop got in each round of the pupil survey."""
    chosen = [row[8] for row in rows if row[0] == ANOMALY_SAFETY and row[1] == "8" and row[6] == "Trygghet" and row[8]]
    if audience.name == "pupils" and chosen:
        mean = float(np.mean([float(value.replace(",", ".")) for value in chosen]))
        truth.facts.setdefault("anomalies", []).append(
            {"anomaly": "survey_safety", "unit": ANOMALY_SAFETY, "survey_year": survey_year, "value": round(mean, 2)}
        )


def _add_dirt(world: World, name: str, rows: list[list[str]], truth: Truth) -> None:
    """Answers that lost their value, and answers that are none of the survey's."""
    rng = world.rng(f"dirt-{name}")
    count = max(1, round(0.0005 * world.preset.dirt_factor * len(rows)))
    known = [int(place) for place in rng.permutation(len(rows)) if rows[place][8]][: 2 * count]
    for place in known[:count]:
        rows[place][8] = ""
    for place in known[count:]:
        rows[place][7] = "Kanske"
    truth.add(name, "survey_answer_without_value", CHECK, "Värde", [place + 1 for place in known[:count]])
    truth.add(name, "survey_answer_unknown", CHECK, "Svar", [place + 1 for place in known[count:]])
