"""The way from a file to history without Dagster and dbt: landing, raw, vault, staging's own SQL, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment

from dia_assets import delta
from dia_assets.contracts import STAGING, DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.history import tables, write
from dia_assets.identity import vault
from dia_assets.identity.views import create_raw_views
from dia_assets.landing import raw
from dia_assets.landing.zone import land
from dia_assets.ledger import Delivery, Ledger
from dia_assets.settings import Settings

MACROS = "".join(path.read_text("utf-8") for path in [*(STAGING.parents[1] / "macros").glob("[ct]*ing.sql")])
START = datetime(2026, 6, 1, tzinfo=UTC)


def staging_sql(contract: DatasetContract) -> str:
    """The staging model's SQL, with the project's macros filled in."""
    model = (STAGING / contract.system / f"{contract.staging_model}.sql").read_text("utf-8")
    template = Environment().from_string(MACROS + model)
    return template.render(source=lambda system, table: f"raw.{system}__{table}")


class Way:
    """One data root and the datasets of one system. `registers` only tell who is who, and who is protected."""

    def __init__(
        self, folder: Path, contracts: Sequence[DatasetContract], registers: Sequence[DatasetContract] = ()
    ) -> None:
        self.settings = Settings(data=folder, now=START)
        self.lake = self.settings.lake
        self.lake.prepare()
        self.ledger = Ledger(self.lake.ledger)
        self.contracts, self.registers = list(contracts), list(registers)
        self._nights = 0

    def deliver(self, *files: Path) -> dict[str, list[str]]:
        """One night: files land and are taken in. What was refused, by dataset's name: the rules."""
        self._nights += 1
        moment = START + timedelta(days=self._nights)
        refused: dict[str, list[str]] = {}
        for contract in [*self.registers, *self.contracts]:
            own = [file for file in files if contract.matches(file.name)]
            land(self.settings, self.lake, self.ledger, contract, own, moment)
            waiting = self.ledger.deliveries(contract.key, "landed")
            for delivery, read in raw.read_candidates(self.settings, self.lake, self.ledger, contract, waiting):
                if isinstance(read, DeliveryRefused):
                    raw.refuse(self.lake, self.ledger, contract, delivery, read, moment)
                    refused.setdefault(contract.name, []).append(read.rule)
                else:
                    raw.accept(self.lake, self.ledger, contract, delivery, read, moment)
        return refused

    def latest(self, name: str) -> Delivery:
        """The newest delivery of a dataset."""
        contract = next(contract for contract in self.contracts if contract.name == name)
        return self.ledger.deliveries(contract.key)[-1]

    def write_history(self) -> None:
        """Append what is new to history."""
        vault.resolve(self.settings, self.lake, self.ledger, [*self.registers, *self.contracts], START)
        with duckdb.connect() as connection:
            for contract in self._open(connection):
                wanted = tables.layout(connection, contract)
                write.append_new(connection, self.lake, self.ledger, contract, wanted)

    def current(self, name: str) -> list[tuple[Any, ...]]:
        """What history holds now of a dataset, each person under the source's id."""
        with duckdb.connect() as connection:
            contract = next(contract for contract in self._open(connection) if contract.name == name)
            wanted = tables.layout(connection, contract)
            select = tables.current_sql(connection, self.lake.history(contract), wanted)
            ids = f"(select person_key, min(value) from vault.alias where namespace = '{contract.system}' group by 1)"
            shown = ["id" if column == "person_key" else column for column in wanted.columns if column != "record_key"]
            joined = f"left join {ids} as a (person_key, id) using (person_key)" if "id" in shown else ""
            return sorted(
                connection.execute(f"select {', '.join(shown)} from ({select}) {joined}").fetchall(), key=repr
            )

    def held(self, name: str) -> int:
        """How many rows of a dataset are held in the restricted zone."""
        contract = next(contract for contract in self.contracts if contract.name == name)
        path = self.lake.held(contract)
        if not tables.exists(path):
            return 0
        with duckdb.connect() as connection:
            return len(connection.execute(f"select 1 from {delta.view_sql(path)}").fetchall())

    def _open(self, connection: duckdb.DuckDBPyConnection) -> list[DatasetContract]:
        create_raw_views(connection, self.lake, self.contracts)
        connection.execute("create schema staging")
        for contract in self.contracts:
            connection.execute(f"create view staging.{contract.staging_model} as {staging_sql(contract)}")
        return self.contracts
