"""Moves between school units: the fact against a count by hand of enrolments by chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.dbt import golden
from tests.dbt.lake import Lake

LONGEST_GAP = 14
SUCCESSOR = {"00000001": "00000003"}


@dataclass(frozen=True)
class Enrolment:
    """A pupil's time at a unit, both days included."""

    pupil: str
    unit: str
    first: date
    last: date | None

    def is_followed_by(self, other: Enrolment) -> bool:
        """Whether the pupil begins at the unit again, or at the one that took over, before or soon after the end."""
        goes_on = other.unit in (self.unit, SUCCESSOR.get(self.unit))
        return (
            self.pupil == other.pupil
            and self.last is not None
            and self.first < other.first <= self.last + timedelta(LONGEST_GAP + 1)
            and goes_on
        )


def in_mid_year(day: date) -> str | None:
    """The school year of which the day is in the middle."""
    spring = day.year + (day.month > 6)
    is_middle = date(spring - 1, 10, 15) < day <= date(spring, 5, 31)
    return f"{spring - 1}/{spring % 100:02}" if is_middle else None


def moved_by_hand(enrolments: list[Enrolment]) -> set[tuple[str, str, str]]:
    """Pupil, unit and school year of every leaving and beginning that counts."""
    found = set()
    for one in enrolments:
        began = in_mid_year(one.first)
        if began and not any(other.is_followed_by(one) for other in enrolments):
            found.add((one.pupil, one.unit, began))
        left = in_mid_year(one.last + timedelta(1)) if one.last else None
        if left and not any(one.is_followed_by(other) for other in enrolments):
            found.add((one.pupil, one.unit, left))
    return found


def enrolments_by_chance(rng: np.random.Generator) -> list[Enrolment]:
    """Two hundred pupils with one to four enrolments at three units, after each other, with gaps, or overlapping."""
    found = []
    for number in range(200):
        first = date(2023, 8, 1) + timedelta(int(rng.integers(0, 400)))
        for _ in range(rng.integers(1, 5)):
            last = first + timedelta(int(rng.integers(0, 250)))
            unit = f"0000000{rng.integers(1, 4)}"
            found.append(Enrolment(f"P{number}", unit, first, None if rng.random() < 0.15 else last))
            first = max(first, last + timedelta(int(rng.choice([-20, -1, 1, 1, 1, 2, 14, 15, 16, 40]))))
    return list({(one.pupil, one.unit, one.first): one for one in found}.values())


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(Path(tmp_path_factory.mktemp("mobility")))
    lake.deliver("ss12000.organisation", golden.organisation_rows())
    lake.build(today="2026-07-01", only=["fct_mobility"])
    with lake.connection() as connection:
        connection.execute(
            "insert into reference.ref_school_unit_lineage by name select '00000001' as from_school_unit_code,"
            " '00000003' as to_school_unit_code, 1 as share, date '2024-01-01' as valid_from"
        )
    return lake


@pytest.mark.parametrize("seed", range(3))
def test_what_counts_as_moving_is_what_a_count_by_hand_gives(lake: Lake, seed: int) -> None:
    enrolments = enrolments_by_chance(np.random.default_rng(seed))
    columns = {
        "person_key": [one.pupil for one in enrolments],
        "school_unit_code": [one.unit for one in enrolments],
        "start_date": [one.first for one in enrolments],
        "end_date": pa.array([one.last for one in enrolments], pa.date32()),
        "is_main": [True] * len(enrolments),
    }
    with lake.connection() as connection:
        connection.register("given", pa.table(columns))
        connection.execute("delete from master.mst_enrolment_span")
        connection.execute("insert into master.mst_enrolment_span by name select * from given")
    lake.dbt("run", "--select", "fct_mobility")
    moved = lake.query(
        "select distinct person_key, unnest([from_school_unit_code, to_school_unit_code]) as unit, school_year"
        " from marts.fct_mobility where is_counted"
    )
    assert {tuple(row.values()) for row in moved if row["unit"]} == moved_by_hand(enrolments)
    assert lake.one("select count(*) from marts.fct_mobility where is_unit_succession") > 5
    assert (
        lake.query(
            "select person_key, move_date from marts.fct_mobility"
            " group by person_key, move_date, from_school_unit_code, to_school_unit_code having count(*) > 1"
        )
        == []
    )
