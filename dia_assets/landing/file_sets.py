"""Zip archives that a standard says the contents of: what the set means for the one file that a dataset reads.

OneRoster has a manifest that calls each file `bulk` (everything), `delta` (changes) or `absent`. Microsoft SDS has
none: the same files come every time, and each is everything.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.members import opened
from dia_assets.ledger import Delivery, DeliveryMode
from dia_assets.settings import Settings

MANIFEST = "manifest.csv"
SDS_REQUIRED = ("orgs.csv", "users.csv", "roles.csv")
REMEDY_SV = "Gör om exporten i källsystemet och leverera hela zip-arkivet. Den förra leveransen gäller tills vidare."


@dataclass(frozen=True)
class Part:
    """What a dataset's file in a set is: everything or changes; `absent_sv` says why it is rightly not there."""

    mode: DeliveryMode
    absent_sv: str = ""


def part_of(settings: Settings, contract: DatasetContract, delivery: Delivery, deliveries: Sequence[Delivery]) -> Part:
    """What the delivery's set says of the dataset's file; for contracts whose files are a set.

    `deliveries`: all of the dataset. Raises `DeliveryRefused` when the set is not what its standard says.
    """
    earlier = [item for item in deliveries if item.load < delivery.load and item.status != "refused"]
    with opened(settings, delivery) as archive:
        names = {PurePosixPath(name).name for name in archive.namelist()}
        if contract.format.file_set == "sds":
            return _sds(contract, names, earlier)
        return _oneroster(contract, names, _manifest(archive), earlier)


def _sds(contract: DatasetContract, names: set[str], earlier: Sequence[Delivery]) -> Part:
    if missing := [name for name in SDS_REQUIRED if name not in names]:
        raise DeliveryRefused(
            "set_incomplete",
            f"Zip-arkivet saknar {', '.join(missing)}, som alltid ska ingå i en leverans enligt SDS V2.1.",
            REMEDY_SV,
        )
    if any(_is_its(contract, name) for name in names):
        return Part("full")
    if any(item.rows_kept for item in earlier):
        raise DeliveryRefused(
            "set_incomplete",
            f"Zip-arkivet saknar filen för {contract.label_sv}, som fanns i tidigare leveranser. Samma filer ska"
            " ingå varje gång: det som saknas räknas som borttaget.",
            REMEDY_SV,
        )
    return Part("changes", "Filen ingår inte i leveransen och har inte gjort det tidigare.")


def _oneroster(
    contract: DatasetContract, names: set[str], manifest: dict[str, str], earlier: Sequence[Delivery]
) -> Part:
    said = next((how for name, how in manifest.items() if _is_its(contract, f"{name}.csv")), "absent")
    is_there = any(_is_its(contract, name) for name in names)
    if said not in ("bulk", "delta", "absent") or is_there != (said != "absent"):
        there = "finns i zip-arkivet" if is_there else "inte finns i zip-arkivet"
        raise DeliveryRefused(
            "manifest_contradicts",
            f"{MANIFEST} säger emot leveransen: filen för {contract.label_sv} anges som ”{_word(said)}” men {there}.",
            REMEDY_SV,
        )
    if said == "absent":
        return Part("changes", f"Filen ingår inte i leveransen enligt {MANIFEST}.")
    if said == "delta" and not any(item.mode == "full" for item in earlier):
        raise DeliveryRefused(
            "delta_without_bulk",
            f"Filen för {contract.label_sv} innehåller bara ändringar, men det finns ingen fullständig leverans att"
            " ändra i.",
            "Gör en fullständig export (bulk) först.",
        )
    return Part("full" if said == "bulk" else "changes")


def _manifest(archive: zipfile.ZipFile) -> dict[str, str]:
    """File → what the manifest says of it."""
    name = next((name for name in archive.namelist() if PurePosixPath(name).name == MANIFEST), None)
    try:
        if name is None:
            raise ValueError
        rows = list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
        said = {row[0].strip(): row[1].strip().lower() for row in rows if len(row) == 2}
        files = {key.removeprefix("file."): how for key, how in said.items() if key.startswith("file.")}
        if not files:
            raise ValueError
        return files
    except (ValueError, csv.Error):
        raise DeliveryRefused(
            "manifest_missing",
            f"Zip-arkivet har ingen läsbar {MANIFEST}, som säger vilka filer som ingår och om de är fullständiga.",
            "Kontrollera att exporten är OneRoster CSV 1.1 eller 1.2, och leverera hela zip-arkivet.",
        ) from None


def _is_its(contract: DatasetContract, name: str) -> bool:
    return re.fullmatch(contract.format.member or "", name) is not None


def _word(said: str) -> str:
    return said if said in ("bulk", "delta", "absent") else "okänt"
