"""A vault under test: a data root, and a way to deliver rows as landing would have."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from identity.delivered import MOMENT, Deliver, literal

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.ledger import DeliveryMode, Ledger
from dia_assets.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path)
    made.lake.prepare()
    return made


@pytest.fixture
def deliver(settings: Settings) -> Deliver:
    ledger = Ledger(settings.lake.ledger)

    def put(contract: DatasetContract, rows: list[dict[str, str]], mode: DeliveryMode | None = None) -> None:
        number = len(ledger.deliveries()) + 1
        delivery = ledger.add_delivery(
            system=contract.system, dataset=contract.name, file=f"{number}", sha256=str(number), size=1,
            received_at=MOMENT, landed_path=Path("landed"), mode=mode,
        )  # fmt: skip
        table = settings.lake.raw(contract)
        table.mkdir(parents=True, exist_ok=True)
        file = table / f"part-{delivery.load}.parquet"
        values = [
            "select "
            + ", ".join(f"{literal(row.get(column.name))} as {column.name}" for column in contract.stored_columns)
            + f", 'f' as _file, {index}::bigint as _row, {delivery.load}::bigint as _load"
            for index, row in enumerate(rows, 1)
        ]
        duckdb.sql(f"copy ({' union all '.join(values)}) to '{file}' (format parquet)")
        delta.commit_files(table, [file], pq.read_schema(file), f"load-{delivery.load}", {})
        ledger.accept(delivery.load, rows_read=len(rows), rows_kept=len(rows), rows_quarantined=0, raw_version=0)

    return put
