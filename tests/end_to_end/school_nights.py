"""Nights against a served school, from asking it to history, without Dagster and with dbt's views made only once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from servers.ss12000 import Ss12000Server
from sources.ss12000_support import INVENTORY, Clock, Office

from dia_assets import delta, transform
from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.history import tables, write
from dia_assets.identity import vault
from dia_assets.identity.views import create_raw_views
from dia_assets.landing import raw
from dia_assets.settings import Settings

NAMES = ("person", "enrolment", "responsible", "school_group", "group_membership", "duty")
CONTRACTS = [INVENTORY[f"ss12000.{name}"] for name in NAMES]


class Killed(BaseException):
    """The process ends here."""


def staging_views(root: Path) -> dict[str, str]:
    """The staging models as dbt makes them: statements that create the views."""
    settings = Settings(data=root)
    settings.lake.prepare()
    with connect(settings, settings.lake.working_db) as connection:
        create_raw_views(connection, settings.lake, CONTRACTS)
    names = [contract.staging_model for contract in CONTRACTS]
    transform.run_layer(settings, "staging", models=names)
    with connect(settings, settings.lake.working_db) as connection:
        rows = connection.execute("select view_name, sql from duckdb_views() where schema_name = 'staging'").fetchall()
    return {name: sql.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1) for name, sql in rows if name in names}


@dataclass
class School:
    """A data root that asks one server, night after night."""

    root: Path
    server: Ss12000Server
    clock: Clock
    views: Mapping[str, str]
    contracts: Sequence[DatasetContract] = tuple(CONTRACTS)

    @property
    def office(self) -> Office:
        return Office(self.root, self.server, self.contracts, self.clock, {"full_every_days": 1000})

    def night(self, *, gated: bool = False, killed_at: int | None = None) -> None:
        """Ask, land, take into raw, find persons, and write history; `killed_at`: the commit at which it dies."""
        office = self.office
        settings, lake, ledger = office.settings, office.settings.lake, office.ledger
        with _dying(killed_at):
            office.land()
            if gated:
                office.take_in()
            for contract in self.contracts:
                raw.clean_up(lake, ledger, contract, self.clock())
                landed = ledger.deliveries(contract.key, "landed")
                for delivery, read in raw.read_candidates(settings, lake, ledger, contract, landed):
                    assert isinstance(read, raw.Candidate), (contract.key, read.args)
                    raw.accept(lake, ledger, contract, delivery, read, self.clock())
            vault.resolve(settings, lake, ledger, self.contracts, self.clock())
            with self._staging() as connection:
                for contract in self.contracts:
                    wanted = tables.layout(connection, contract)
                    write.append_new(connection, lake, ledger, contract, wanted)

    def known(self) -> dict[str, list[tuple[object, ...]]]:
        """What history says now, by dataset, with the source's own ids in place of random keys."""
        office = self.office
        found = {}
        with self._staging() as connection:
            aliases = connection.execute("select value, person_key, record_key from vault.alias").fetchall()
            ids = {key: value for value, *keys in aliases for key in keys}
            for contract in self.contracts:
                wanted = tables.layout(connection, contract)
                select = tables.current_sql(connection, office.settings.lake.history(contract), wanted)
                rows = connection.execute(f"select {wanted.names} from ({select})").fetchall()
                shown = [
                    tuple(ids.get(value, value) if isinstance(value, str) else value for value in row) for row in rows
                ]
                found[contract.name] = sorted(shown, key=str)
        return found

    @contextmanager
    def _staging(self) -> Iterator[object]:
        settings = self.office.settings
        with connect(settings, settings.lake.working_db) as connection:
            create_raw_views(connection, settings.lake, self.contracts)
            connection.execute("create schema if not exists staging")
            for contract in self.contracts:
                connection.execute(self.views[contract.staging_model])
            yield connection


@contextmanager
def _dying(at: int | None) -> Iterator[None]:
    """Let the n-th commit to a Delta table be the last thing that is tried."""
    count = itertools.count()
    real = delta.Writer.commit_files

    def commit(*args: object, **named: object) -> int:
        if next(count) == at:
            raise Killed
        return real(*args, **named)  # type: ignore[arg-type]

    with mock.patch.object(delta.Writer, "commit_files", commit):
        yield
