"""A workbook (.xlsx, .xls) as rows of cells. What the cells mean is `report_rows`' and `damage`'s business."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.damage import FIRST_DAY_1900, FIRST_DAY_1904, Cell
from dia_assets.landing.members import refuse_dangerous_archive

XLSX, XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MARKUP = re.compile(rb"^\s*<(!doctype|html|table|\?xml)", re.IGNORECASE)
DATES_FROM_1904 = re.compile(rb"date1904\s*=\s*[\"'](1|true)[\"']")


def workbook_rows(path: Path, contract: DatasetContract, max_bytes: int) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of the contract's sheet with their numbers in the sheet, from 1. Raises `DeliveryRefused`."""
    _refuse_unless_workbook(path, max_bytes)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheet = workbook.get_sheet_by_name(_sheet_name(workbook.sheet_names, contract))
            yield from enumerate(sheet.iter_rows(), start=1)
    except PasswordError:
        raise _refusal("archive_encrypted", "Arbetsboken är lösenordsskyddad.", "Spara den utan lösenord.") from None
    except (CalamineError, OSError, ValueError):
        raise _refusal(
            "truncated",
            "Arbetsboken är skadad eller avbruten.",
            "Överför filen på nytt och kontrollera att den går att öppna i Excel.",
        ) from None


def first_day(path: Path) -> date | None:
    """The day that the workbook counts its dates from; None for .xls, which does not say it in a way that is read."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return None
        is_1904 = DATES_FROM_1904.search(archive.read("xl/workbook.xml")) is not None
    return FIRST_DAY_1904 if is_1904 else FIRST_DAY_1900


def _refuse_unless_workbook(path: Path, max_bytes: int) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    if not head.strip():
        raise _refusal("empty_file", "Filen är tom.", "Kontrollera exporten i källsystemet och leverera filen på nytt.")
    if head.startswith(XLSX):
        refuse_dangerous_archive(path, max_bytes)
    elif not head.startswith(XLS):
        kind = "en webbsida (HTML) som fått ett Excelnamn" if MARKUP.match(head) else "inte en Excelfil, trots namnet"
        raise _refusal(
            "not_excel",
            f"Filen är {kind}.",
            "Exportera som Excelarbetsbok (.xlsx), eller ändra kontraktets `format` om källan numera lämnar text.",
        )


def _sheet_name(names: list[str], contract: DatasetContract) -> str:
    wanted = contract.format.sheet
    found = next((name for name in names if wanted is None or re.fullmatch(wanted, name)), None)
    if found is None:
        raise _refusal(
            "header_mismatch",
            f"Arbetsboken har {len(names)} blad, men inget som heter så som kontraktet säger.",
            "Kontrollera att rätt rapport valdes, eller ändra kontraktets `format.sheet`.",
        )
    return found


def _refusal(rule: str, reason_sv: str, remedy_sv: str) -> DeliveryRefused:
    return DeliveryRefused(rule, reason_sv, f"{remedy_sv} Den förra leveransen gäller tills vidare.")
