"""The landing zone: files exactly as they were received, never changed, each under its own hash.

The same bytes twice are one file and one delivery. Nothing here looks into a file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from dia_assets.contracts import DatasetContract
from dia_assets.full_disk import told
from dia_assets.landing.superseded import place_of
from dia_assets.ledger import Delivery, DeliveryMode, Ledger
from dia_assets.settings import Lake, Settings
from dia_assets.sources.folder import find_files

BLOCK = 4 << 20
SAME_BYTES = ":"


def land(
    settings: Settings,
    lake: Lake,
    ledger: Ledger,
    contract: DatasetContract,
    files: Sequence[Path],
    received_at: datetime,
    *,
    mode: DeliveryMode | None = None,
    expected_rows: int | None = None,
    watermark: str | None = None,
) -> list[Delivery]:
    """Copy files into the landing zone and note each as a delivery of the dataset; returns the new deliveries.

    A file whose bytes the dataset already has is passed over (under a name or at a time that is new, it confirms that
    there is nothing newer), and one that changes while it is read is left for the next run. Raises `DiaError` when the
    disk is full; nothing half is left.
    """
    said = _Said(mode, expected_rows, watermark)
    new = [_land_one(settings, lake, ledger, contract, file, received_at, said) for file in files]
    return [delivery for delivery in new if delivery is not None]


@dataclass(frozen=True)
class _Said:
    """What the source says of a file beside its bytes."""

    mode: DeliveryMode | None
    expected_rows: int | None
    watermark: str | None


def empty_drop_folder(ledger: Ledger, folder: Path, contracts: Iterable[DatasetContract]) -> list[Path]:
    """Take away the files that have landed, unchanged since, for every dataset that reads them; returns them."""
    gone: list[Path] = []
    known = list(contracts)
    for path in {path for contract in known for path in find_files(folder, contract)}:
        sha256 = ledger.seen_sha256(path)
        readers = [contract for contract in known if contract.matches(path.name)]
        if sha256 and all(ledger.known(reader.system, reader.name, sha256) for reader in readers):
            path.unlink()
            gone.append(path)
    return gone


def _land_one(
    settings: Settings,
    lake: Lake,
    ledger: Ledger,
    contract: DatasetContract,
    file: Path,
    received_at: datetime,
    said: _Said,
) -> Delivery | None:
    if ledger.seen_sha256(file, contract.key):
        return None
    sha256 = ledger.seen_sha256(file)
    if sha256 is None:
        landed = _copy_in(lake, contract, file, settings.max_bytes)
        if landed is None:
            return None
        sha256 = landed
        ledger.remember_file(file, sha256)
    identity = _identity(ledger, contract, file.name, sha256)
    if identity is None:
        ledger.record_contact(contract.system, contract.name, received_at, "nothing_new")
        ledger.remember_file(file, sha256, contract.key)
        return None
    size = file.stat().st_size
    place = landed_path(lake, contract, sha256, file.name)
    delivery = ledger.add_delivery(
        system=contract.system,
        dataset=contract.name,
        file=file.name,
        sha256=identity,
        size=size,
        received_at=received_at,
        landed_path=place,
        mode=said.mode,
        expected_rows=said.expected_rows,
        watermark=said.watermark,
    )
    if size > settings.max_bytes:
        ledger.refuse(
            delivery.load,
            rule="too_large",
            reason_sv=f"Filen är större än {settings.max_bytes} byte, som är den största som tas emot.",
            remedy_sv="Kontrollera att det är rätt fil. Är den riktig: höj inställningen max_bytes eller dela filen.",
            decided_at=received_at,
        )
    elif not place.is_file():
        _copy_in(lake, contract, file, settings.max_bytes)
    ledger.remember_file(file, sha256, contract.key)
    return delivery


def landed_path(lake: Lake, contract: DatasetContract, sha256: str, name: str) -> Path:
    """Where a file's bytes lie."""
    return lake.landing / contract.system / sha256[:16] / name


def _identity(ledger: Ledger, contract: DatasetContract, name: str, sha256: str) -> str | None:
    """What tells this delivery from others; None when it says what the latest one of its subject has said.

    Bytes that have been before are no news while they are the latest of their subject. When something else has come in
    between (a correction that is taken back), or when they were refused and come again, they are a delivery of their
    own; and so are the same bytes under a name that speaks of another period, since that must be refused aloud.
    """
    if ledger.known(contract.system, contract.name, sha256) is None:
        return sha256
    everything = ledger.deliveries(contract.key)
    same_bytes = [item for item in everything if item.sha256.startswith(sha256)]
    about = [item for item in everything if same_subject(contract, item.file, name)]
    standing = [item for item in about if item.status != "refused"]
    if any(item in about for item in same_bytes):
        if standing and standing[-1].sha256.startswith(sha256):
            _note_later_name(ledger, contract, standing[-1], name)
            return None
    elif any(item.file == name for item in same_bytes):
        return None
    return f"{sha256}{SAME_BYTES}{len(same_bytes)}{SAME_BYTES}{name}"


def _note_later_name(ledger: Ledger, contract: DatasetContract, standing: Delivery, name: str) -> None:
    """A later version that says what the standing one says: a version between the two comes too late."""
    known = ledger.said_again().get(standing.load, standing.file)
    if contract.load.order and place_of(contract, name) > place_of(contract, known):
        ledger.note_said_again(standing.load, name)


def same_subject(contract: DatasetContract, file: str, other: str) -> bool:
    """Whether two files are about the same: the whole dataset, or the same period and part by their names."""
    return contract.load.mode == "full" or contract.subject(file) == contract.subject(other)


def _copy_in(lake: Lake, contract: DatasetContract, file: Path, max_bytes: int) -> str | None:
    """Copy a file in under its hash; returns the hash, or None when the file changed meanwhile."""
    before = file.stat()
    if before.st_size > max_bytes:
        with file.open("rb") as source:
            return _stream(source, None)
    folder = lake.landing / contract.system
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{os.getpid()}.part"
    try:
        with file.open("rb") as source, half.open("wb") as target:
            sha256 = _stream(source, target)
            target.flush()
            os.fsync(target.fileno())
        after = file.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return None
        place = landed_path(lake, contract, sha256, file.name)
        place.parent.mkdir(exist_ok=True)
        half.replace(place)
        place.chmod(0o400)
        return sha256
    except OSError as error:
        raise told(error, lake) from None
    finally:
        half.unlink(missing_ok=True)


def _stream(source: BinaryIO, target: BinaryIO | None) -> str:
    """Hash a file and, if there is a target, copy it; a large one is hashed in a thread beside the copying."""
    digest = hashlib.sha256()
    block = source.read(BLOCK)
    if len(block) < BLOCK:
        digest.update(block)
        if target is not None:
            target.write(block)
        return digest.hexdigest()
    with ThreadPoolExecutor(1) as beside:
        while block:
            hashed = beside.submit(digest.update, block)
            if target is not None:
                target.write(block)
            block = source.read(BLOCK)
            hashed.result()
    return digest.hexdigest()
