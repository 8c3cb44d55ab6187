"""Databases as a source: a table, view or reviewed query per dataset, read in Arrow batches into one Parquet file.

The database is only read, by the columns that the contract names. What a dataset is asked for stands under its
contract's `fetch`: `table` or `query`, and where only news is wanted `watermark` (a column that grows when a row is
changed) with `overlap` (how much is read again, for transactions that were open at the last reading) and
`full_every_days` (a watermark sees no row that is deleted, so everything is read now and then). The number of
rows is counted in the same snapshot as they are read in, and reconciled when the file is taken in.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dia_assets.contracts import Column, DatasetContract
from dia_assets.errors import DiaError, TransientError
from dia_assets.landing.header import proposals_sv
from dia_assets.landing.parquet import can_be_text, file_columns
from dia_assets.ledger import DeliveryMode
from dia_assets.sources.brought import Brought, Request
from dia_assets.sources.config import DatabaseSource, secret
from dia_assets.sources.session import Dialect, Session

DRIVERS = {"postgresql": "dia_assets.sources.postgresql", "sqlserver": "dia_assets.sources.sqlserver"}
WATERMARK_TYPES = ("timestamp", "date", "integer")
SLACK = timedelta(hours=12)  # a night that begins a minute earlier than the last one is still the next day
UNSCALED = ("money",)  # arrives as hundredths without saying so


class Wanted(BaseModel):
    """What a contract's `fetch` may say. `overlap`: as `{minutes: 10}`, or a number where the watermark is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    overlap: dict[Literal["seconds", "minutes", "hours", "days"], int] | int = 0
    full_every_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Wanted:
        if (self.table is None) == (self.query is None):
            raise ValueError("`table` or `query`")
        amounts = [self.overlap] if isinstance(self.overlap, int) else list(self.overlap.values())
        if min(amounts, default=0) < 0:
            raise ValueError("`overlap` must not be negative")
        return self


def fetch(request: Request) -> Iterator[Brought]:
    """One file per dataset that has something new. A dataset that cannot be read does not stop the others."""
    source = request.source
    assert isinstance(source, DatabaseSource)
    driver = importlib.import_module(DRIVERS[source.kind])
    with driver.session(secret(source.uri), source.batch_rows) as session:
        for contract in request.contracts:
            try:
                yield _Reading(request, source, contract, session).bring()
            except TransientError as error:
                yield Brought((contract,), "unreachable", message_sv=error.message_sv)
            except DiaError as error:
                yield Brought((contract,), "failed", message_sv=error.message_sv)


class _Reading:
    """One dataset's reading in one snapshot."""

    def __init__(self, request: Request, source: DatabaseSource, contract: DatasetContract, session: Session) -> None:
        self._request, self._source, self._contract, self._session = request, source, contract, session
        self._wanted = _wanted(contract)
        self._mark_column = _mark_column(contract, self._wanted)
        self._is_whole = _is_whole_due(request, contract, self._wanted.full_every_days)
        self._before = request.watermark([contract]) if self._mark_column and not self._is_whole else None
        moment = request.moment.astimezone(UTC)
        self._path = request.folder / f"{contract.name}_{moment:%Y%m%dT%H%M%SZ}.parquet"
        if not contract.matches(self._path.name):
            raise _wrong_contract(contract, f"`files` must match names such as {self._path.name}")

    def bring(self) -> Brought:
        """Read what is new into a file."""
        names, added = self._names()
        relation = _relation(self._wanted)
        with self._session.snapshot():
            where = self._where(names)
            count, mark = self._count(relation, where, names)
            if not count and self._before:
                return Brought((self._contract,), "nothing_new", message_sv=added)
            listed = ", ".join(quoted(name) for name in names.values())
            order = ", ".join(quoted(names[key]) for key in self._contract.load.key if key in names)
            self._write(f"select {listed} from {relation}{where}{f' order by {order}' if order else ''}")
        if self._is_no_news():
            self._path.unlink()
            if self._is_whole:
                self._request.ledger.remember(**{_whole_fact(self._contract): self._request.moment.isoformat()})
            return Brought((self._contract,), "nothing_new", message_sv=added)
        return Brought(
            (self._contract,),
            "new",
            path=self._path,
            mode=self._mode(),
            expected_rows=count,
            watermark=mark or self._before,
            message_sv=added,
        )

    def _names(self) -> tuple[dict[str, str], str]:
        """The contract's columns → what the database calls them, and a sentence about columns that are not read."""
        wanted = [column for column in self._contract.stored_columns if column.from_file]
        found = self._session.names(f"select * from {_relation(self._wanted)} where 1 = 0")
        if found is None:  # the login may read some columns only: those of the contract are asked for as they are
            return {column.name: column.source or column.name for column in wanted}, ""
        names, missing, unknown = file_columns(self._contract, found)
        if missing:
            listed = " ".join(f"Kolumnen ”{name}” finns inte längre." for name in missing)
            remedy = "Ändra vyn så att den är som förut, eller ändra kontraktets `source`."
            raise DiaError(
                f"{self._contract.key}: the database lacks columns of the contract.",
                " ".join(part for part in (listed, proposals_sv(missing, unknown), remedy) if part),
            )
        added = ", ".join(f"”{name}”" for name in unknown)
        return names, f"Kolumner som inte finns i kontraktet och inte läses: {added}." if added else ""

    def _where(self, names: Mapping[str, str]) -> str:
        """Rows from the last watermark less the overlap on, that one included; those without one each time."""
        if self._mark_column is None or self._before is None:
            return ""
        name = quoted(names[self._mark_column.name])
        start = _earlier(self._before, self._mark_column, self._wanted.overlap)
        return f" where {name} >= {_literal(start, self._session.dialect)} or {name} is null"

    def _count(self, relation: str, where: str, names: Mapping[str, str]) -> tuple[int, str | None]:
        mark = f", max({quoted(names[self._mark_column.name])})" if self._mark_column else ""
        _, batches = self._session.read(f"select count(*){mark} from {relation}{where}")
        [row] = [list(row.values()) for batch in batches for row in _unnamed(batch)]
        if self._mark_column is None or row[1] is None:
            return int(row[0]), None
        return int(row[0]), _mark_text(_not_ahead(row[1], self._mark_column, self._request.moment))

    def _write(self, sql: str) -> None:
        schema, batches = self._session.read(sql)
        for field in schema:
            metadata = field.metadata or {}
            kind = metadata.get(b"POSTGRESQL:type", str(field.type).encode()).decode()
            if kind in UNSCALED or not can_be_text(field.type):
                raise DiaError(
                    f"{self._contract.key}: column {field.name} has the type {kind}, which is not read.",
                    f"Kolumnen ”{field.name}” har typen {kind}, som inte kan läsas. Gör om den till text eller tal i"
                    " vyn.",
                )
        stored = pa.schema([(field.name, _stored_type(field.type)) for field in schema])
        with pq.ParquetWriter(self._path, stored, compression="zstd", store_schema=False) as writer:
            for batch in batches:
                columns = [_stored(column) for column in batch.columns]
                writer.write_batch(pa.record_batch(columns, stored), row_group_size=self._source.batch_rows)

    def _is_no_news(self) -> bool:
        """Whether the newest delivery has exactly these bytes and meant the same; any other is told apart from this.

        A few changed rows may be all there are: then everything that is missing is gone.
        """
        with self._path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        contract, ledger = self._contract, self._request.ledger
        if ledger.known(contract.system, contract.name, sha256) is None:
            return False
        kept = [item for item in ledger.deliveries(contract.key) if item.status != "refused"]
        if kept and kept[-1].sha256 == sha256 and (kept[-1].mode == "full" or not self._is_whole):
            return True
        _stamp(self._path, self._request.moment)
        return False

    def _mode(self) -> DeliveryMode | None:
        """What the file means where the contract's load mode does not say it: all there is, or changes."""
        if self._mark_column is None or self._contract.load.mode != "full":
            return "full" if self._is_whole else None
        return "changes" if self._before else "full"


def _whole_fact(contract: DatasetContract) -> str:
    return f"read_whole:{contract.key}"


def _is_whole_due(request: Request, contract: DatasetContract, days: int | None) -> bool:
    """Whether everything should be read, since it has not been for so many days."""
    if days is None:
        return False
    accepted = request.ledger.deliveries(contract.key, "accepted")
    whole = [item.received_at for item in accepted if item.mode == "full"]
    if same := request.ledger.fact(_whole_fact(contract)):  # it was read, and nothing was new
        whole.append(datetime.fromisoformat(same))
    return not whole or request.moment - max(whole) >= timedelta(days=days) - SLACK


def _wanted(contract: DatasetContract) -> Wanted:
    try:
        return Wanted.model_validate(contract.fetch)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))} {item['msg']}" for item in error.errors())
        raise _wrong_contract(contract, f"`fetch`: {problems}") from None


def _mark_column(contract: DatasetContract, wanted: Wanted) -> Column | None:
    if wanted.full_every_days and (wanted.watermark is None or contract.load.mode == "append"):
        raise _wrong_contract(contract, "`full_every_days` goes with `watermark` and the load mode upsert or full")
    if wanted.watermark is None:
        return None
    column = next((c for c in contract.stored_columns if c.name == wanted.watermark and c.from_file), None)
    if column is None or column.type not in WATERMARK_TYPES:
        raise _wrong_contract(contract, f"`watermark` must name a column of type {', '.join(WATERMARK_TYPES)}")
    if isinstance(wanted.overlap, int) != (column.type == "integer") and wanted.overlap != 0:
        raise _wrong_contract(contract, "`overlap` must be a number for an integer watermark, else as {minutes: 10}")
    if contract.load.mode == "period" or (contract.load.mode == "full" and not contract.load.entity):
        raise _wrong_contract(
            contract, "with `watermark` the load mode must be upsert or append, or full with `entity`"
        )
    return column


def _wrong_contract(contract: DatasetContract, problem: str) -> DiaError:
    return DiaError(
        f"{contract.key}: {problem}.",
        f"Kontraktet för {contract.label_sv} säger inte rätt hur databasen ska frågas: {problem}.",
    )


def quoted(name: str) -> str:
    """A name as standard SQL quotes it; `schema.view` is two names."""
    return '"' + name.replace('"', '""') + '"'


def _relation(wanted: Wanted) -> str:
    if wanted.table:
        return f"{'.'.join(quoted(part) for part in wanted.table.split('.'))} as asked"
    return f"({(wanted.query or '').strip().rstrip(';')}) as asked"


def _unnamed(batch: pa.RecordBatch) -> Sequence[dict[str, Any]]:
    names = [str(place) for place in range(batch.num_columns)]
    return [dict(zip(names, row, strict=True)) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def _not_ahead(mark: Any, column: Column, moment: datetime) -> Any:
    """The mark, or now when it lies ahead: a wrong date in one row must not hide all rows until then."""
    if column.type == "integer":
        return int(mark)
    if not isinstance(mark, datetime):
        return min(mark, moment.astimezone(UTC).date())
    now = moment.astimezone(UTC)
    return min(mark.astimezone(UTC), now) if mark.tzinfo else min(mark, now.replace(tzinfo=None))


def _mark_text(mark: Any) -> str:
    """A mark as text that sorts as the marks do."""
    if isinstance(mark, datetime):
        return mark.strftime("%Y-%m-%dT%H:%M:%S.%f") + ("Z" if mark.tzinfo else "")
    return mark.isoformat() if isinstance(mark, date) else f"{mark:020}"


def _earlier(mark: str, column: Column, overlap: dict[Any, int] | int) -> Any:
    if column.type == "integer":
        return int(mark) - (overlap if isinstance(overlap, int) else 0)
    span = timedelta(**overlap) if isinstance(overlap, dict) else timedelta()
    return (datetime.fromisoformat(mark) if "T" in mark else date.fromisoformat(mark)) - span


def _literal(mark: Any, dialect: Dialect) -> str:
    if isinstance(mark, datetime):
        return f"cast('{_mark_text(mark)}' as {dialect.moment if mark.tzinfo else dialect.timestamp})"
    return f"cast('{mark.isoformat()}' as date)" if isinstance(mark, date) else str(mark)


def _stored_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.UuidType):
        return pa.string()
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _stored(column: pa.Array) -> pa.Array:
    """A column as Parquet has a type for it."""
    if isinstance(column.type, pa.UuidType):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column


def _stamp(path: Path, moment: datetime) -> None:
    """Write into a file when it was read, so that its bytes are its own."""
    half = path.with_suffix(".half")
    with (
        pq.ParquetFile(path) as file,
        pq.ParquetWriter(half, file.schema_arrow, compression="zstd", store_schema=False) as writer,
    ):
        for group in range(file.num_row_groups):
            writer.write_table(file.read_row_group(group))
        writer.add_key_value_metadata({"read_at": moment.isoformat()})
    half.replace(path)
