"""The sizes of synthetic municipality that can be made. Only plain figures; nothing is drawn by chance here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

TODAY = date(2026, 6, 4)
SCHOOL_YEAR = 2025  # the school year is named by the calendar year in which it starts


@dataclass(frozen=True)
class UnitSpec:
    """One school unit: the grade years it teaches and its pupils in each of them.

    Grade years: 0 is förskoleklass, 1–9 grundskola, 10–12 gymnasieskola. `adapted` is the number of pupils in
    anpassad grundskola or anpassad gymnasieskola at the unit, all grade years together.
    """

    code: str
    name: str
    first_year: int
    last_year: int
    size_per_year: int
    adapted: int = 0
    independent: bool = False

    def teaches(self, grade_year: int) -> bool:
        """Whether the unit has pupils of that grade year."""
        return self.first_year <= grade_year <= self.last_year


@dataclass(frozen=True)
class Preset:
    """What to make: units, years of results, days of attendance, and how dirty."""

    name: str
    municipality: str
    units: tuple[UnitSpec, ...]
    spring_years: tuple[int, ...] = ()
    attendance_from: date | None = None
    attendance_days: int | None = None
    anomalies: bool = False
    skolverket: bool = True
    dirt_factor: float = 1.0
    theta_shift: float = 0.12
    description: str = field(default="", compare=False)


def _unit(
    number: int, name: str, years: tuple[int, int], size: int, adapted: int = 0, independent: bool = False
) -> UnitSpec:
    return UnitSpec(f"{number:08d}", name, years[0], years[1], size, adapted, independent)


_F6 = (
    ("Björkhagsskolan", 62), ("Fjärdslättsskolan", 55), ("Kvarnbergsskolan", 50), ("Sjöängsskolan", 45),
    ("Granbacksskolan", 42), ("Lindallésskolan", 38), ("Stenvretsskolan", 34), ("Hagby kyrkskola", 30),
    ("Norrgårdsskolan", 24), ("Åsby skola", 18), ("Vreta byskola", 14), ("Ekholma skola", 10),
)  # fmt: skip
_79 = (
    ("Centrumskolan", 112),
    ("Bergvretsskolan", 96),
    ("Vallbyängsskolan", 84),
    ("Åparksskolan", 74),
    ("Malmskolan", 55),
)

ENKOPING_UNITS = (
    _unit(1, "Åkerängsskolan", (0, 9), 55),
    _unit(2, "Solvändans skola", (0, 9), 48),
    _unit(3, "Mälarstrandsskolan", (0, 9), 45, adapted=90),
    _unit(4, "Västerleds skola", (0, 9), 42),
    *(_unit(5 + i, name, (0, 6), size) for i, (name, size) in enumerate(_F6)),
    *(_unit(17 + i, name, (7, 9), size) for i, (name, size) in enumerate(_79)),
    _unit(22, "Fristående Lindens skola", (4, 9), 9, independent=True),
    _unit(23, "Hamngymnasiet", (10, 12), 270),
    _unit(24, "Kungsbergsgymnasiet", (10, 12), 165),
    _unit(25, "Yrkesgymnasiet Navet", (10, 12), 115, adapted=60),
)

_PLACES = (
    "Alviks", "Björkdungens", "Duvsätra", "Eklidens", "Fagerlunds", "Gullviks", "Hökmossens", "Järnbrotts",
    "Klövervägens", "Lillsjö", "Mossebergs", "Nattsländans", "Orrholmens",
)  # fmt: skip


def _large_city() -> tuple[UnitSpec, ...]:
    """Units of a city with all its schools: 270 with compulsory school, 120 upper secondary, every fourth independent.

    Their pupils by year follow the sizes of `ENKOPING_UNITS`, so that small units are there too.
    """
    kinds = (
        (120, "skolan", (0, 9), (30, 36, 42, 48, 55, 66, 80)),
        (100, "grundskola", (0, 6), (10, 18, 30, 38, 45, 55)),
        (50, "högstadium", (7, 9), (55, 74, 84, 96, 112)),
        (120, "gymnasium", (10, 12), (40, 75, 115, 165, 220)),
    )
    units: list[UnitSpec] = []
    for count, word, years, sizes in kinds:
        for n in range(count):
            name = f"{_PLACES[n % len(_PLACES)]} {word} {n // len(_PLACES) + 1}"
            adapted = {"skolan": 13, "gymnasium": 5}.get(word, 0) if n % 4 else 0
            units.append(_unit(100 + len(units), name, years, sizes[n % len(sizes)], adapted, independent=n % 4 == 0))
    return tuple(units)


PRESETS: dict[str, Preset] = {
    "one_unit": Preset(
        "one_unit", "Enhetsbo", (_unit(1, "Åkerängsskolan", (6, 9), 10),),
        spring_years=(2024, 2025), attendance_days=10, dirt_factor=4.0,
        description="one unit with about 40 pupils, ten school days: for tests that start many runs",
    ),
    "tiny": Preset(
        "tiny", "Lillköping",
        (
            _unit(1, "Åkerängsskolan", (0, 9), 16, adapted=6),
            _unit(2, "Hamngymnasiet", (10, 12), 18, adapted=4),
            _unit(3, "Fristående Lindens skola", (4, 9), 8, independent=True),
        ),
        spring_years=(2021, 2022, 2023, 2024, 2025), attendance_from=date(2026, 3, 1), dirt_factor=4.0,
        description="about 300 pupils in three units, one of them small, three closed months of attendance",
    ),
    "enkoping": Preset(
        "enkoping", "Storköping", ENKOPING_UNITS,
        spring_years=(2021, 2022, 2023, 2024, 2025), attendance_from=date(2025, 8, 1), anomalies=True,
        description="about 7 900 pupils in 25 units, five years of results, a school year of attendance",
    ),
    "stockholm": Preset(
        "stockholm", "Storstaden", _large_city(),
        spring_years=(2021, 2022, 2023, 2024, 2025), attendance_from=date(2025, 8, 1),
        description="about 148 000 pupils in 390 units, about 130 million rows of attendance (9.5 GB of files)",
    ),
    "empty": Preset(
        "empty", "Tomköping", (_unit(1, "Åkerängsskolan", (0, 9), 0), _unit(2, "Hamngymnasiet", (10, 12), 0)),
        skolverket=False,
        description="the organisation alone: no persons, no results, no attendance",
    ),
}  # fmt: skip
