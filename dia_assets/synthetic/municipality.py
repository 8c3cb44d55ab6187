"""Writes a whole synthetic municipality to a directory, and remembers there what it is and which day it has reached."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib import resources
from pathlib import Path

from dia_assets.errors import DiaError
from dia_assets.synthetic.assessments import write_assessments
from dia_assets.synthetic.attendance_files import write_attendance
from dia_assets.synthetic.background import write_background
from dia_assets.synthetic.faults import FAULTS, plant_faults
from dia_assets.synthetic.population import ANOMALY_ABSENCE, ANOMALY_MERIT, build_world
from dia_assets.synthetic.presets import PRESETS, TODAY
from dia_assets.synthetic.register import write_register
from dia_assets.synthetic.scb import write_results
from dia_assets.synthetic.self_assessments import write_self_assessments
from dia_assets.synthetic.staff_extract import write_staff
from dia_assets.synthetic.support import write_support
from dia_assets.synthetic.surveys import write_surveys
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.upper_secondary_extract import write_upper_secondary
from dia_assets.synthetic.world import (
    CANARY_BIRTH_DATE,
    CANARY_COMMENT,
    CANARY_MINUTES,
    CANARY_START_DATE,
    CANARY_STRING,
    Pupil,
    World,
)

SKOLVERKET_FILE = "skolverket_slutbetyg_ak9_skolenhet_2024-25.csv"
FILE = "municipality.json"


@dataclass(frozen=True)
class Municipality:
    """What `municipality.json` says: which municipality lies in a directory, and its own today."""

    name: str
    municipality_code: str
    preset: str
    seed: int
    today: str
    school_year: str
    days_added: int = 0

    @classmethod
    def read(cls, out: Path) -> Municipality:
        """The municipality in a directory; a clear error when there is none."""
        file = out / FILE
        if not file.is_file():
            raise DiaError(
                f"no synthetic municipality in {out}: make one first with `dia generate`",
                f"Det finns ingen påhittad kommun i {out}. Skapa en först med `dia generate`.",
            )
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def write(self, out: Path) -> None:
        """Write `municipality.json`, whole or not at all."""
        half = out / f"{FILE}.unfinished"
        half.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        half.replace(out / FILE)

    @property
    def today_date(self) -> date:
        """The municipality's own today."""
        return date.fromisoformat(self.today)


def is_made(out: Path) -> bool:
    """Whether there is a whole municipality in a directory: `municipality.json` is written last."""
    return (out / FILE).is_file()


def generate(preset: str, out: Path, seed: int = 1, faults: Sequence[str] = ()) -> Municipality:
    """Write a municipality's extracts, its truth file and `municipality.json` into `out`, replacing an earlier one.

    The extracts are made beside an earlier one's and take their place when they are whole; what a killed run left is
    made anew. Raises `DiaError` for an unknown preset or fault, and when `out` holds something else than a
    municipality.
    """
    _check(preset, out, faults)
    out.mkdir(parents=True, exist_ok=True)
    out.chmod(0o700)
    unfinished, extracts = out / "extracts.unfinished", out / "extracts"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    world = build_world(PRESETS[preset], seed)
    truth = Truth(_facts(world))
    _write_extracts(world, unfinished, truth)
    plant_faults(world, unfinished, list(faults), truth)
    (out / FILE).unlink(missing_ok=True)
    truth.write(out / "truth.json")
    shutil.rmtree(extracts, ignore_errors=True)
    unfinished.rename(extracts)
    municipality = Municipality(world.preset.municipality, "0381", preset, seed, TODAY.isoformat(), "2025/26")
    municipality.write(out)
    return municipality


def _write_extracts(world: World, extracts: Path, truth: Truth) -> None:
    write_register(world, extracts / "ss12000", truth)
    if world.pupils:
        write_results(world, extracts / "scb", truth)
        write_attendance(world, extracts / "narvaro", truth)
        write_surveys(world, extracts / "enkat", truth)
        write_staff(world, extracts / "personal", truth)
        write_assessments(world, extracts / "bedomning", truth)
        write_support(world, extracts / "elevstod", truth)
        write_background(world, extracts / "bakgrund", truth)
        write_upper_secondary(world, extracts / "gymnasiebetyg", truth)
        write_self_assessments(world, extracts / "sjalvskattning", truth)
    if world.preset.skolverket:
        _copy_published_statistics(extracts / "skolverket")


def _check(preset: str, out: Path, faults: Sequence[str]) -> None:
    if preset not in PRESETS:
        raise DiaError(
            f"no preset is named {preset}: choose one of {', '.join(PRESETS)}",
            f"Det finns ingen förinställning {preset}. Välj en av {', '.join(PRESETS)}.",
        )
    unknown = [fault for fault in faults if fault not in FAULTS]
    if unknown:
        raise DiaError(
            f"no fault is named {', '.join(unknown)}: choose among {', '.join(FAULTS)}",
            f"Det finns inget fel med namnet {', '.join(unknown)}. Välj bland {', '.join(FAULTS)}.",
        )
    if (out / "extracts").exists() and not (out / "truth.json").exists():
        raise DiaError(
            f"{out}/extracts was not made by `dia generate` and is left as it is: choose another directory",
            f"{out}/extracts är inte skapad av `dia generate` och lämnas orörd. Välj en annan katalog.",
        )


def _copy_published_statistics(folder: Path) -> None:
    folder.mkdir()
    data = resources.files("dia_assets.synthetic") / "data" / SKOLVERKET_FILE
    (folder / SKOLVERKET_FILE).write_bytes(data.read_bytes())


def _facts(world: World) -> dict[str, object]:
    """The facts of the truth file that are known before anything is written."""
    return {
        "preset": world.preset.name,
        "seed": world.seed,
        "canary": {
            "strings": [CANARY_STRING],
            "numbers": [CANARY_MINUTES],
            "dates": [CANARY_BIRTH_DATE.isoformat(), CANARY_START_DATE.isoformat()],
            "comment_strings": [CANARY_COMMENT],
        },
        "protected": [protected_entry(world, pupil) for pupil in world.pupils if pupil.is_protected],
        "protected_former": [
            {"person_id": studies.pupil.person_id, "person_number": studies.pupil.number}
            for studies in world.studies
            if studies.is_former and studies.pupil.is_protected
        ],
        "protected_adults": [adult.person_id for adult in world.adults if adult.marking],
        "moves": world.moves,
        "duplicates": [
            {"person_id": world.pupils[index].person_id, "same_as": other} for index, other, _ in world.duplicates
        ],
        "units_with_attendance_gaps": [
            {"unit": unit.code, "unrecorded_share": round(share, 4)}
            for unit, share in zip(world.units, world.unrecorded_share, strict=True)
        ],
        "anomalies": planted_in_units(world),
        "expected": {"current_pupils": len(world.current_pupils()), "classes": len(world.classes)},
    }


def planted_in_units(world: World) -> list[dict[str, object]]:
    """The anomalies that belong to a whole unit; the result files add those of a cohort."""
    if not world.preset.anomalies:
        return []
    return [
        {"anomaly": "merit_above_expected", "unit": ANOMALY_MERIT, "value": 15},
        {"anomaly": "rising_invalid_absence", "unit": ANOMALY_ABSENCE, "from_week": "2025-W40"},
    ]


def protected_entry(world: World, pupil: Pupil) -> dict[str, object]:
    """A protected pupil for the truth file."""
    return {
        "person_id": pupil.person_id,
        "person_number": pupil.number,
        "marking": pupil.marking,
        "marked_in": pupil.marked_in,
        "unit": world.units[pupil.unit_in(pupil.grade_year or 0)].code,
        "role": pupil.role,
    }
