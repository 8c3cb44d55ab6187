"""The files that a delivery consists of: the landed file itself, or those in a zip archive that the contract names.

An archive is opened with care: what it may unpack to is bounded before anything is read, nothing in it is executed or
written under a name of its own, and an archive in an archive is not opened. A pull (`*.pull.zip`, made by a source
that is asked over a network) has its pages as received and, in `pages.jsonl`, the request behind each of them.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.ledger import Delivery
from dia_assets.settings import Lake, Settings

PULL = ".pull.zip"
INDEX = "pages.jsonl"
DELETED = "deleted"
MOST_MEMBERS = 100_000
LARGEST_RATIO = 200  # text packs 5–20 times; a bomb thousands of times
SMALL = 1 << 20
BATCH = 16 << 20


@dataclass(frozen=True)
class Member:
    """One file of a delivery. `parameters`: the request that a page answers; `kind`: what the page is."""

    path: Path
    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    kind: str = "records"
    is_copy: bool = False

    def discard(self) -> None:
        """Delete the unpacked file when it has been read."""
        if self.is_copy:
            self.path.unlink(missing_ok=True)


def members(settings: Settings, lake: Lake, contract: DatasetContract, delivery: Delivery) -> Iterator[Member]:
    """The delivery's files in order, there until `discard` or `forget_unpacked`. Raises `DeliveryRefused`."""
    if not delivery.file.lower().endswith(".zip"):
        yield Member(delivery.landed_path, delivery.file)
        return
    folder = _folder(lake, delivery)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with opened(settings, delivery) as archive:
        yield from _unpacked(archive, contract, delivery, folder)


@contextmanager
def opened(settings: Settings, delivery: Delivery) -> Iterator[zipfile.ZipFile]:
    """A delivery's archive, when it is safe to read. Raises `DeliveryRefused`, also for what is broken inside it."""
    try:
        refuse_dangerous_archive(delivery.landed_path, settings.max_bytes)
        with _opened(delivery.landed_path) as archive:
            yield archive
    # zipfile raises NotImplementedError for a way of packing that it does not know
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "password" not in str(error) and "encrypted" not in str(error):
            raise
        raise _broken() from None


def forget_unpacked(lake: Lake, delivery: Delivery) -> None:
    """Delete what is left of an archive's files when they have been read."""
    shutil.rmtree(_folder(lake, delivery), ignore_errors=True)


def _folder(lake: Lake, delivery: Delivery) -> Path:
    return lake.work / "unpacked" / str(delivery.load)


def batches(found: Iterable[Member], contract: DatasetContract) -> Iterator[list[Member]]:
    """Files that are read in one go: pages of JSON up to some size together, everything else alone."""
    batch: list[Member] = []
    size = 0
    for member in found:
        if batch and (member.kind != batch[0].kind or size > BATCH or contract.format.kind != "json"):
            yield batch
            for done in batch:
                done.discard()
            batch, size = [], 0
        batch.append(member)
        size += member.path.stat().st_size
    if batch:
        yield batch


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError):
        raise _broken() from None


def _unpacked(
    archive: zipfile.ZipFile, contract: DatasetContract, delivery: Delivery, folder: Path
) -> Iterator[Member]:
    listed = _pages(archive) if delivery.file.endswith(PULL) else _named(archive, contract)
    for number, (name, parameters, kind) in enumerate(listed):
        path = folder / f"{number:06}{Path(name).suffix.lower()}"
        with archive.open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        yield Member(path, f"{delivery.file}/{name}", parameters, kind, is_copy=True)


def _pages(archive: zipfile.ZipFile) -> list[tuple[str, dict[str, str], str]]:
    lines = archive.read(INDEX).decode().splitlines()
    pages = [json.loads(line) for line in lines]
    return [(page["file"], page.get("parameters", {}), page.get("kind", "records")) for page in pages]


def _named(archive: zipfile.ZipFile, contract: DatasetContract) -> list[tuple[str, dict[str, str], str]]:
    """The members that the contract names, in natural order; every file when it names none."""
    names = [info.filename for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
    wanted = re.compile(contract.format.member or ".*")
    found = sorted((name for name in names if wanted.fullmatch(Path(name).name)), key=_natural)
    if not found:
        raise DeliveryRefused(
            "archive_without_member",
            f"Zip-arkivet har {len(names)} filer, men ingen som kontraktet för {contract.label_sv} frågar efter.",
            "Kontrollera att rätt export valdes. Vilken fil som söks står i kontraktets `format.member`.",
        )
    return [(name, {}, "records") for name in found]


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or Path(name).name.startswith(".")


def _natural(name: str) -> tuple[list[str], str]:
    return [part.zfill(20) if part.isdigit() else part for part in re.split(r"(\d+)", name.casefold())], name


def file_groups(contract: DatasetContract, file: str, member: str) -> dict[str, str | None]:
    """What the names say of period, unit and the like: the delivery's own, and that of the file in the archive."""
    match = contract.matches(file)
    groups = dict(match.groupdict()) if match else {}
    if contract.format.member and (inner := re.fullmatch(contract.format.member, Path(member).name)):
        groups.update(inner.groupdict())
    return groups


def refuse_dangerous_archive(path: Path, max_bytes: int) -> None:
    """Refuse a zip (or a workbook, which is one) that unpacks to too much, or that is locked or broken."""
    with _opened(path) as archive:
        infos = archive.infolist()
        unpacked = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if len(infos) > MOST_MEMBERS or unpacked > max_bytes or unpacked > max(SMALL, LARGEST_RATIO * packed):
            raise DeliveryRefused(
                "archive_too_large",
                f"Zip-arkivet skulle packas upp till {unpacked} byte i {len(infos)} filer. Det packas inte upp.",
                "Kontrollera att rätt fil levererades. Är den riktig: leverera filerna i den var för sig.",
            )
        if any(info.flag_bits & 0x1 for info in infos):
            raise DeliveryRefused(
                "archive_encrypted",
                "Zip-arkivet är lösenordsskyddat och kan inte läsas.",
                "Leverera filen utan lösenord, genom en kanal som är skyddad i sig.",
            )


def _broken() -> DeliveryRefused:
    return DeliveryRefused(
        "truncated",
        "Zip-arkivet är skadat eller avbrutet.",
        "Överför filen på nytt och kontrollera att den är lika stor som i källsystemet.",
    )
