"""What tests of the vault share: when it is, how rows are delivered, resolved and read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.engine import connect
from dia_assets.identity import vault
from dia_assets.identity.views import create_raw_views
from dia_assets.ledger import Ledger
from dia_assets.settings import Settings

MOMENT = datetime(2026, 6, 4, tzinfo=UTC)
CONTRACTS = load_contracts()
Deliver = Callable[..., None]


def literal(value: str | None) -> str:
    return "null::varchar" if value is None else f"'{value}'"


def resolve(settings: Settings) -> vault.VaultReport:
    return vault.resolve(settings, settings.lake, Ledger(settings.lake.ledger), CONTRACTS.values(), MOMENT)


def rows(settings: Settings, contract: DatasetContract) -> list[dict[str, object]]:
    with connect(settings) as connection:
        create_raw_views(connection, settings.lake, CONTRACTS.values())
        result = connection.execute(f"select * from raw.{contract.slug} order by _load, _row")
        names = [item[0] for item in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
