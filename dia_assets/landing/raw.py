"""The one writer of raw: landed delivery → candidate → accepted (one commit) or refused (files deleted).

Order of an acceptance: records of changes, raw, quarantine, ledger. A run that was killed in between is completed by
`clean_up`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dia_assets import clock, delta
from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.errors import DeliveryRefused
from dia_assets.full_disk import disk_full, is_disk_full
from dia_assets.landing import entities
from dia_assets.landing.candidate import (
    QUARANTINE,
    BadRow,
    Candidate,
    Parts,
    Read,
    part_path,
    parts_of,
    raw_schema,
    record_text,
    typed_view_sql,
    write_quarantine,
    write_rows,
)
from dia_assets.landing.delimited import read_delimited, refuse_if_too_many
from dia_assets.landing.file_sets import Part, part_of
from dia_assets.landing.json_records import read_json
from dia_assets.landing.members import DELETED, Member, batches, forget_unpacked, members
from dia_assets.landing.parquet import read_parquet
from dia_assets.landing.report_rows import read_report
from dia_assets.landing.resent import refuse_resent_content, resent
from dia_assets.landing.superseded import refuse_superseded
from dia_assets.landing.values import ValueChecks
from dia_assets.landing.zone import SAME_BYTES, same_subject
from dia_assets.ledger import Delivery, Ledger, Notes
from dia_assets.proposals import column_block
from dia_assets.settings import Lake, Settings

__all__ = ["Candidate", "accept", "clean_up", "drop_rows", "read_candidate", "read_candidates", "refuse"]


def read_candidates(
    settings: Settings, lake: Lake, ledger: Ledger, contract: DatasetContract, deliveries: Iterable[Delivery]
) -> Iterator[tuple[Delivery, Candidate | DeliveryRefused]]:
    """Read landed deliveries of a dataset, one after the other, into files that are not yet part of raw.

    Gives for each its candidate, or the refusal that says what is wrong with the file (and then no file is left).
    Raises `DiaError` when the disk is full.
    """
    with connect(settings) as connection:
        reader = _Reader(settings, lake, ledger, contract, connection)
        for delivery in deliveries:
            try:
                yield delivery, reader.read(delivery)
            except DeliveryRefused as refusal:
                yield delivery, refusal


def read_candidate(settings: Settings, lake: Lake, contract: DatasetContract, delivery: Delivery) -> Candidate:
    """As `read_candidates`, for one delivery. Raises `DeliveryRefused`."""
    with connect(settings) as connection:
        return _Reader(settings, lake, Ledger(lake.ledger), contract, connection).read(delivery)


class _Reader:
    """Reads the deliveries of one dataset; what is needed for each of them is looked up once."""

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        ledger: Ledger,
        contract: DatasetContract,
        connection: duckdb.DuckDBPyConnection,
    ) -> None:
        self._settings, self._lake, self._ledger, self._contract = settings, lake, ledger, contract
        self._checks = ValueChecks(contract, connection)
        self._moment = clock.now(settings)
        self._said_again = ledger.said_again()
        self._others = [item for item in ledger.deliveries(contract.key) if item.status != "refused"]

    def read(self, delivery: Delivery) -> Candidate:
        """Read one delivery; nothing is left of it when it is refused."""
        contract, lake = self._contract, self._lake
        parts = Parts(lake, contract, delivery.load, delivery.file, self._moment)
        with _leaving_nothing(lake, contract, delivery.load):
            first = _first_with_these_bytes(self._ledger, delivery)
            if first and not same_subject(contract, first, delivery.file):
                raise resent(first)
            refuse_superseded(contract, delivery, self._others, self._said_again)
            part = self._part(delivery)
            if part is not None:
                self._ledger.set_mode(delivery.load, part.mode)
                delivery = replace(delivery, mode=part.mode)
            absent = part.absent_sv if part else ""
            try:
                candidate = parts.finish(0, [absent]) if absent else self._read_members(delivery, parts)
            finally:
                forget_unpacked(lake, delivery)
            self._ledger.note(
                delivery.load, Notes(candidate.warnings_sv, dict(candidate.unparsable), candidate.proposals)
            )
            self._refuse_wrong_counts(delivery, candidate)
            refuse_resent_content(lake, contract, delivery, candidate, self._others, self._checks.connection)
            return candidate

    def _part(self, delivery: Delivery) -> Part | None:
        """What the delivery's set says of the dataset's file, where the contract's files are a set."""
        if self._contract.format.file_set is None:
            return None
        return part_of(self._settings, self._contract, delivery, self._ledger.deliveries(self._contract.key))

    def _read_members(self, delivery: Delivery, parts: Parts) -> Candidate:
        """Read the files of a delivery, one after the other; pages that belong together are read some at a time."""
        rows, numbered, warnings, proposals, noted = 0, 0, dict[str, None](), dict[str, None](), []
        attributes: set[str] = set()
        for batch in batches(members(self._settings, self._lake, self._contract, delivery), self._contract):
            parts.begin(batch[0].name if len(batch) == 1 else delivery.file, numbered)
            if batch[0].kind == DELETED:
                noted.append(entities.of_deletions(self._contract, batch))
                continue
            read = self._read_batch(delivery, batch, parts)
            rows += read.rows
            numbered += read.rows if read.last_row is None else read.last_row
            proposals.update(dict.fromkeys(read.proposals))
            attributes |= read.attributes
            warnings.update(dict.fromkeys(read.warnings_sv))
            if self._contract.load.asked:
                noted.append(entities.of_requests(self._contract, batch))
            elif delivery.mode == "changes" and self._contract.format.kind == "json":
                noted.append(entities.of_documents(self._checks.connection, self._contract))
        refuse_if_too_many(parts, rows, rows, self._settings.max_quarantine_share)
        for name in self._new_attributes(attributes):
            warnings[f"Posterna har ett nytt attribut, ”{name}”, som inte finns i kontraktet och inte läses."] = None
            proposals[column_block(name, [])] = None
        warnings.update(dict.fromkeys(self._checks.wider_sv()))
        proposals.update(dict.fromkeys(self._checks.wider_proposals()))
        candidate = replace(parts.finish(rows, list(warnings)), proposals=tuple(proposals))
        if delivery.mode == "changes" and self._contract.format.kind != "json":
            noted.append(entities.of_rows(self._contract, candidate.paths))
        if not noted:
            return candidate
        path = entities.write_entities(self._lake.entities(self._contract), self._contract, delivery.load, noted)
        return replace(candidate, entity_path=path)

    def _new_attributes(self, attributes: set[str]) -> list[str]:
        """JSON attributes that no earlier delivery had and the contract does not read. The first sets what is known."""
        fact = f"attributes:{self._contract.key}"
        known = set(json.loads(self._ledger.fact(fact) or "[]"))
        if attributes - known:
            self._ledger.remember(**{fact: json.dumps(sorted(known | attributes))})
        read = {(column.source or "").split(".")[0].split("[")[0] for column in self._contract.columns}
        return sorted(attributes - known - read) if known else []

    def _read_batch(self, delivery: Delivery, batch: list[Member], parts: Parts) -> Read:
        """Read files with the reader of the contract's kind of format."""
        contract, checks = self._contract, self._checks
        if contract.format.kind == "json":
            return read_json(contract, delivery, batch, parts, checks)
        if contract.format.kind == "parquet":
            return read_parquet(contract, delivery, batch[0].path, parts, checks)
        if contract.format.kind == "excel" or contract.format.is_report:
            return read_report(self._settings, contract, delivery, batch[0], parts, checks)
        return read_delimited(self._settings, contract, delivery, batch[0], parts, checks)

    def _refuse_wrong_counts(self, delivery: Delivery, candidate: Candidate) -> None:
        if delivery.expected_rows is not None and candidate.rows_read != delivery.expected_rows:
            raise DeliveryRefused(
                "control_total",
                f"Källan uppger {delivery.expected_rows} poster, men {candidate.rows_read} kom fram.",
                "Hämta på nytt. Återkommer felet: fråga leverantören. Den förra leveransen gäller tills vidare.",
            )
        # of a list within records that were asked for by month, nothing may be left while the records are there
        is_part = bool(self._contract.load.asked) and "[*]." in (self._contract.format.records or "")
        whole = delivery.mode != "changes" and not is_part
        if whole and not candidate.rows_read and any(item.rows_kept for item in self._others):
            raise DeliveryRefused(
                "empty_file",
                "Filen innehåller inga poster, men tidigare leveranser gjorde det.",
                "Kontrollera urvalet i källsystemets export. Den förra leveransen gäller tills vidare.",
            )


def accept(
    lake: Lake,
    ledger: Ledger,
    contract: DatasetContract,
    delivery: Delivery,
    candidate: Candidate,
    moment: datetime | None = None,
    writer: Callable[[delta.Table], delta.Writer] = delta.Writer,
) -> int:
    """Make a candidate part of raw, in one commit; returns raw's version. May be repeated after a kill.

    `writer` gives the writer of a table; whoever accepts many deliveries keeps it from one to the next.
    """
    metadata = {
        "delivery": str(delivery.load),
        "file": delivery.file,
        "sha256": delivery.sha256.partition(SAME_BYTES)[0],
        "received_at": delivery.received_at.isoformat(),
        "rows_read": str(candidate.rows_read),
        "rows_kept": str(candidate.rows_kept),
        "rows_quarantined": str(candidate.rows_quarantined),
        "quarantined": json.dumps(dict(candidate.quarantined)),
    }
    app = _app(delivery.load)
    raw, quarantine, records = (lake.table(folder) for folder in _folders(lake, contract))
    if candidate.entity_path:
        schema = entities.entity_schema(contract)
        writer(records).commit_files([candidate.entity_path], schema, app, {"delivery": app})
    version = writer(raw).commit_files(candidate.paths, raw_schema(contract), app, metadata)
    if candidate.quarantine_paths:
        writer(quarantine).commit_files(candidate.quarantine_paths, QUARANTINE, app, metadata)
    ledger.accept(
        delivery.load,
        rows_read=candidate.rows_read,
        rows_kept=candidate.rows_kept,
        rows_quarantined=candidate.rows_quarantined,
        raw_version=version,
        decided_at=moment,
    )
    if lake.raw_store is not None:
        _delete_parts(lake, contract, delivery.load)
    return version


def refuse(
    lake: Lake,
    ledger: Ledger,
    contract: DatasetContract,
    delivery: Delivery,
    refusal: DeliveryRefused,
    moment: datetime | None = None,
    rows_read: int | None = None,
) -> None:
    """Note that a delivery is refused, and delete what was read of it. Raw stays as it was."""
    _delete_parts(lake, contract, delivery.load)
    ledger.refuse(
        delivery.load,
        rule=refusal.rule,
        reason_sv=refusal.reason_sv,
        remedy_sv=refusal.remedy_sv,
        rows_read=rows_read,
        decided_at=moment,
    )


def clean_up(lake: Lake, ledger: Ledger, contract: DatasetContract, moment: datetime | None = None) -> None:
    """Put right what a killed run left: complete the acceptance that had begun, delete candidates without a commit."""
    landed = ledger.deliveries(contract.key, "landed")
    if lake.raw_store is not None:
        _delete_all_parts_but(lake, contract, {delivery.load for delivery in landed})
    forgotten = []
    for delivery in landed:
        committed = parts_of(lake.raw(contract), delivery.load)
        if delta.transaction_version(lake.table(lake.raw(contract)), _app(delivery.load)) is None:
            _delete_parts(lake, contract, delivery.load)
            forgotten.append(delivery.load)
            continue
        quarantined = parts_of(lake.quarantine(contract), delivery.load)
        kept, set_aside = _rows(committed), _rows(quarantined)
        candidate = Candidate(delivery.load, tuple(committed), tuple(quarantined), kept + set_aside, kept, set_aside)
        accept(lake, ledger, contract, delivery, candidate, moment)
    _delete_uploads(lake, contract, forgotten)


def drop_rows(
    settings: Settings,
    lake: Lake,
    contract: DatasetContract,
    candidate: Candidate,
    predicate_sql: str,
    rule: str,
    reason_sv: str,
) -> Candidate:
    """Move a candidate's rows for which a predicate is true to quarantine, as a steward's rule asks.

    The predicate is SQL over the typed view (`candidate.typed_view_sql`). Files without such a row stay as they are.
    """
    names = [column.name for column in contract.stored_columns]
    texts = ", ".join(f"{name}__text as {name}" for name in names)
    bad: list[BadRow] = []
    file = ""
    with connect(settings) as connection:
        for path in candidate.paths:
            view = typed_view_sql(contract, [path])
            rows = connection.execute(
                f"select _row, _file, {texts} from ({view}) where ({predicate_sql}) order by _row"
            ).fetchall()
            if not rows:
                continue
            file = rows[0][1]
            bad += [
                BadRow(row[0], rule, reason_sv, record_text(dict(zip(names, row[2:], strict=True)))) for row in rows
            ]
            _rewrite_without(path, [row[0] for row in rows])
    if not bad:
        return candidate
    table = lake.quarantine(contract)
    number = len(candidate.quarantine_paths)
    while part_path(table, candidate.load, number).exists():
        number += 1
    path = write_quarantine(part_path(table, candidate.load, number), candidate.load, file, bad, clock.now(settings))
    return replace(
        candidate,
        quarantine_paths=(*candidate.quarantine_paths, path),
        rows_kept=candidate.rows_kept - len(bad),
        rows_quarantined=candidate.rows_quarantined + len(bad),
        quarantined={**candidate.quarantined, rule: candidate.quarantined.get(rule, 0) + len(bad)},
    )


def _rewrite_without(path: Path, rows: list[int]) -> None:
    table = pq.read_table(path)
    kept = table.filter(pc.invert(pc.is_in(table["_row"], pa.array(rows, pa.int64()))))
    half = path.with_suffix(".half")
    write_rows(kept, half)
    half.replace(path)


def _app(load: int) -> str:
    return f"load-{load}"


def _rows(paths: list[Path]) -> int:
    return sum(pq.read_metadata(path).num_rows for path in paths)


def _first_with_these_bytes(ledger: Ledger, delivery: Delivery) -> str | None:
    """The file that came first with the bytes of a delivery that was not the first."""
    sha256, again, _ = delivery.sha256.partition(SAME_BYTES)
    first = ledger.known(delivery.system, delivery.dataset, sha256) if again else None
    return first.file if first else None


def _folders(lake: Lake, contract: DatasetContract) -> tuple[Path, Path, Path]:
    """Where candidates are written: what becomes raw, quarantine and the source's own records."""
    return lake.raw(contract), lake.quarantine(contract), lake.entities(contract)


def _delete_parts(lake: Lake, contract: DatasetContract, load: int) -> None:
    """Delete a load's files, but none that a commit has made part of its table: a kill may have come in between."""
    for folder in _folders(lake, contract):
        paths = parts_of(folder, load, (".parquet", ".half"))
        table = lake.table(folder)
        is_committed = isinstance(table, Path) and bool(paths) and delta.transaction_version(table, _app(load))
        for path in () if is_committed else paths:
            path.unlink(missing_ok=True)


def _delete_all_parts_but(lake: Lake, contract: DatasetContract, loads: set[int]) -> None:
    """Where raw lives in object storage: what is left here of deliveries that are decided."""
    for folder in _folders(lake, contract):
        for path in folder.glob("part-*"):
            if _load_of(path.name) not in loads:
                path.unlink()


def _delete_uploads(lake: Lake, contract: DatasetContract, loads: Iterable[int]) -> None:
    """Delete from object storage what was uploaded of deliveries that have no commit."""
    forgotten = set(loads)
    for folder in _folders(lake, contract) if forgotten else ():
        table = lake.table(folder)
        if not isinstance(table, Path):
            table.delete([name for name in table.files() if _load_of(name) in forgotten])


def _load_of(name: str) -> int:
    return int(name.split("-")[1])


@contextmanager
def _leaving_nothing(lake: Lake, contract: DatasetContract, load: int) -> Iterator[None]:
    """Delete a load's files when it cannot be read to the end, whatever the reason."""
    try:
        yield
    except BaseException as error:
        _delete_parts(lake, contract, load)
        if is_disk_full(error):
            raise disk_full(lake) from None
        raise
