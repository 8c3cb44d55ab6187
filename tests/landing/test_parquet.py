"""Parquet files, as a database gives them: types keep their meaning, columns are found by name, damage is told."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dia_assets.contracts import Format, Load

from .support import Landing, column, contract

COSTS = contract(
    [
        column("unit", "enhet", required=True, pattern=r"\d{8}"),
        column("amount", "belopp", "decimal", aliases=("summa",)),
        column("at", "tid", "timestamp"),
        column("year", None, "integer", file_group="year"),
    ],
    r"costs_(?P<year>\d{4})\.parquet",
    Format(kind="parquet"),
    Load(mode="full", key=("unit",)),
)
GOOD = {"enhet": ["00000001", "00000002"], "belopp": [Decimal("1.50"), None], "tid": [datetime(2026, 6, 1), None]}


def written(columns: dict[str, object], **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def test_values_become_text_that_means_the_same(landing: Landing) -> None:
    landing.take_in(COSTS, "costs_2026.parquet", written(GOOD))
    first, second = landing.rows(COSTS)
    assert (first["unit"], first["amount"], first["at"], first["year"]) == (
        "00000001", "1.50", "2026-06-01T00:00:00.000000", "2026",
    )  # fmt: skip
    assert (second["amount"], second["at"]) == (None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (pa.array([datetime(2026, 6, 1, 8, tzinfo=UTC)]), "2026-06-01T08:00:00.000000Z"),
        (pa.array([datetime(2026, 6, 1, 8)], pa.timestamp("ns")), "2026-06-01T08:00:00.000000"),
        (pa.array([date(2026, 6, 1)]), "2026-06-01"),
        (pa.array([False]), "false"),
        (pa.array([["a", "å"]]), '["a", "å"]'),
        (pa.array([{"a": 1}]), '{"a": 1}'),
        (pa.array(["e\u0301"]), "\u00e9"),
        (pa.array([""]), None),
        (pa.array(["x"]).dictionary_encode(), "x"),
        (pa.nulls(1), None),
    ],
)
def test_every_type_has_its_text(landing: Landing, value: pa.Array, text: str | None) -> None:
    any_value = COSTS.model_copy(update={"columns": (column("unit", "enhet"), column("label", "v"))})
    landing.take_in(any_value, "costs_2026.parquet", written({"enhet": ["00000001"], "v": value}))
    assert [row["label"] for row in landing.rows(any_value)] == [text]


def test_rows_are_numbered_on_through_the_row_groups_and_bad_ones_set_aside(landing: Landing) -> None:
    units = [f"{number:08}" if number != 150 else "x" for number in range(1, 201)]
    content = written({"enhet": units, "belopp": [None] * 200, "tid": [None] * 200}, row_group_size=100)
    candidate = landing.take_in(COSTS, "costs_2026.parquet", content)
    assert (candidate.rows_read, candidate.rows_kept, candidate.rows_quarantined) == (200, 199, 1)
    assert [row["_row"] for row in landing.quarantined(COSTS)] == [150]
    assert [row["_row"] for row in landing.rows(COSTS)] == [number for number in range(1, 201) if number != 150]


def test_a_column_is_found_by_another_of_its_names(landing: Landing) -> None:
    content = written({"enhet": ["00000001"], "summa": [1.5], "tid": [None], "extra": [1]})
    candidate = landing.take_in(COSTS, "costs_2026.parquet", content)
    assert landing.rows(COSTS)[0]["amount"] == "1.5"
    assert "extra" in candidate.warnings_sv[0]


def test_a_renamed_column_refuses_the_file_with_a_proposal(landing: Landing) -> None:
    content = written({"enheten": GOOD["enhet"], "belopp": GOOD["belopp"], "tid": GOOD["tid"]})
    refusal = landing.refusal(COSTS, "costs_2026.parquet", content)
    assert refusal.rule == "header_mismatch"
    assert "”enhet” heter kanske nu ”enheten”" in refusal.remedy_sv


def test_bytes_are_refused(landing: Landing) -> None:
    content = written({**GOOD, "belopp": [b"1", b"2"]})
    assert landing.refusal(COSTS, "costs_2026.parquet", content).rule == "unreadable_type"


@pytest.mark.parametrize("cut", [0, 40, -20])
def test_a_broken_file_is_refused(landing: Landing, cut: int) -> None:
    content = written(GOOD)[: cut or None] if cut else b"not parquet at all"
    assert landing.refusal(COSTS, "costs_2026.parquet", content).rule == "truncated"
