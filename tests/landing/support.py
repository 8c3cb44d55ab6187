"""A small lake, an attendance-like contract and an SS 12000-like one, and the way from a file to raw in one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dia_assets import delta
from dia_assets.contracts import Column, DatasetContract, Expected, Format, Klassa, Load, load_contracts
from dia_assets.errors import DeliveryRefused
from dia_assets.landing import raw
from dia_assets.landing.zone import land
from dia_assets.ledger import Delivery, Ledger
from dia_assets.settings import Lake, Settings

MOMENT = datetime(2026, 6, 4, 0, 0, tzinfo=UTC)
ATTENDANCE = load_contracts()["narvaro.lesson_attendance"]
GRADES = load_contracts()["scb.final_grade_year9"]
HEADER = "Enhet;Dag;Minuter;Klass;Anm"


def contract(columns: list[Column], files: str, form: Format, load: Load) -> DatasetContract:
    """A contract with everything that landing does not look at filled in."""
    text = dict.fromkeys(
        ("label_sv", "system_label_sv", "vendor", "owner", "steward", "contact", "description", "description_sv"), "x"
    )
    return DatasetContract(
        system="test",
        name="thing",
        **text,
        access={},
        files=files,
        format=form,
        load=load,
        expected=Expected(every_days=1),
        klassa=Klassa(confidentiality=1, integrity=1, availability=1, traceability=1),
        legal_basis="x",
        purpose="x",
        retention={},
        columns=tuple(columns),
    )


def column(name: str, source: str | None, kind: str = "text", **more: Any) -> Column:
    return Column(name=name, source=source, type=kind, description="", classification="none", decimal_mark=",", **more)  # type: ignore[arg-type]


LESSONS = contract(
    [
        column("unit", "Enhet", required=True, pattern=r"\d{8}"),
        column("day", "Dag", "date", required=True),
        column("minutes", "Minuter", "decimal"),
        column("label", "Klass"),
        column("comment", "Anm", drop=True),
    ],
    r"lessons_(?P<period>\d+)(_again)?\.csv",
    Format(kind="delimited", encodings=("utf-8", "cp1252"), decimal=","),
    Load(mode="period", key=("unit", "day"), scope=("day",)),
)
YEARLY = contract(
    [
        column("year", None, "integer", file_group="year", required=True),
        column("unit", "Enhet", required=True),
        column("pupil", "Elev", required=True),
        column("grade", "Betyg"),
    ],
    r"grades_(?P<year>\d{4})_(?P<school>\d)\.txt",
    Format(kind="delimited", header=False, quote=None, columns=3),
    Load(mode="period", key=("unit", "year", "pupil"), scope=("unit", "year")),
)
ENROLMENTS = contract(
    [
        column("person", "^.id", required=True),
        column("unit", "at.id", required=True),
        column("start", "startDate", "date"),
        column("forms", "forms", "json"),
        column("place", "addresses[0].town"),
    ],
    r"persons.*\.json",
    Format(kind="json", records="data[*].enrolments[*]"),
    Load(mode="full", key=("person", "unit")),
)


@dataclass
class Landing:
    """One lake and what tests do with it."""

    settings: Settings
    lake: Lake
    ledger: Ledger
    inbox: Path

    def land(self, dataset: DatasetContract, name: str, content: str | bytes) -> list[Delivery]:
        """Put a file into the inbox and land it."""
        file = self.inbox / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return land(self.settings, self.lake, self.ledger, dataset, [file], MOMENT)

    def read(self, dataset: DatasetContract, name: str, content: str | bytes) -> tuple[Delivery, raw.Candidate]:
        """Land a file and read it into a candidate."""
        delivery = self.land(dataset, name, content)[0]
        return delivery, raw.read_candidate(self.settings, self.lake, dataset, delivery)

    def take_in(self, dataset: DatasetContract, name: str, content: str | bytes) -> raw.Candidate:
        """All the way to raw."""
        delivery, candidate = self.read(dataset, name, content)
        raw.accept(self.lake, self.ledger, dataset, delivery, candidate, MOMENT)
        return candidate

    def refusal(self, dataset: DatasetContract, name: str, content: str | bytes) -> DeliveryRefused:
        """The refusal that reading the file gives."""
        with pytest.raises(DeliveryRefused) as caught:
            self.read(dataset, name, content)
        assert list(self.lake.raw(dataset).glob("*.parquet")) == [], "a refused delivery leaves no files"
        return caught.value

    def rows(self, dataset: DatasetContract) -> list[dict[str, Any]]:
        """What raw holds."""
        return self._table([Path(file) for file in delta.file_list(self.lake.raw(dataset))])

    def quarantined(self, dataset: DatasetContract) -> list[dict[str, Any]]:
        """What quarantine holds."""
        table = self.lake.quarantine(dataset)
        return self._table([Path(file) for file in delta.file_list(table)]) if delta.exists(table) else []

    def candidate_rows(self, candidate: raw.Candidate) -> list[dict[str, Any]]:
        """What a candidate holds."""
        return self._table(list(candidate.paths))

    def bad_rows(self, candidate: raw.Candidate) -> list[dict[str, Any]]:
        """What a candidate sets aside."""
        return self._table(list(candidate.quarantine_paths))

    @staticmethod
    def _table(paths: list[Path]) -> list[dict[str, Any]]:
        rows = pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist() if paths else []
        return sorted(rows, key=lambda row: (row["_load"], row["_row"]))
