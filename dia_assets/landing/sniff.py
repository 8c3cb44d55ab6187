"""What a file really is, before anything is read from it: text or not, which encoding, whole or cut off.

Everything that is wrong here refuses the whole delivery, in words a steward understands. No cell is quoted.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused

SAMPLE = 1 << 20
ARCHIVES = {
    b"PK\x03\x04": "ett zip-arkiv (eller en Excel-fil, .xlsx)",
    b"PK\x05\x06": "ett tomt zip-arkiv",
    b"\x1f\x8b": "en gzip-fil",
    b"7z\xbc\xaf": "ett 7-zip-arkiv",
    b"Rar!": "ett rar-arkiv",
    b"BZh": "en bzip2-fil",
    b"\xfd7zXZ": "en xz-fil",
    b"\x28\xb5\x2f\xfd": "en zstd-fil",
}
BINARIES = {
    b"\xd0\xcf\x11\xe0": "en äldre Office-fil (.xls, .doc)",
    b"%PDF": "en PDF-fil",
    b"SQLite format 3": "en SQLite-databas",
    b"\x89PNG": "en bild",
}
UTF16 = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
UTF8_BOM = codecs.BOM_UTF8
# Å, ä, ö and their like that were written as UTF-8, read as cp1252 and written as UTF-8 once more.
TWICE_ENCODED = re.compile("Ã[\u2026\u201e\u2013¥¤¶©¼¦¸]")
SWEDISH_LETTER = re.compile("[åäöÅÄÖé]")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
MAY_BE_CONTROL = 0.001
NAMES_SV = {"utf-8": "UTF-8", "cp1252": "Windows-1252 (cp1252)", "latin-1": "ISO-8859-1", "utf-16": "UTF-16"}


@dataclass(frozen=True)
class Text:
    """A file that is text: its encoding, how many bytes its byte order mark takes, and what is odd about it."""

    encoding: str
    mark_bytes: int
    warnings_sv: tuple[str, ...] = ()


def examine(path: Path, contract: DatasetContract) -> Text:
    """Tell which of the contract's encodings a file has. Raises `DeliveryRefused` when it is not such a text."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        if "utf-16" in contract.format.encodings and head.startswith(tuple(UTF16)):
            return Text("utf-16", 0)
        _refuse_what_is_not_text(head)
        mark = len(UTF8_BOM) if head.startswith(UTF8_BOM) else 0
        sample = head
        while sample.isascii() and (block := file.read(SAMPLE)):
            sample = block
    if mark:
        _refuse_unless_allowed("utf-8", contract)
        return Text("utf-8", mark, _twice_encoded(_decode(head, "utf-8")))
    for encoding in (name for name in contract.format.encodings if name != "utf-16"):
        if (text := _decode(sample, encoding)) is not None:
            return Text(encoding, 0, _twice_encoded(text))
    found = next((name for name in ("utf-8", "cp1252", "latin-1") if _decode(sample, name) is not None), "latin-1")
    _refuse_unless_allowed(found, contract)
    raise wrong_encoding("okänd teckenkodning", contract)


def wrong_encoding(found_sv: str, contract: DatasetContract) -> DeliveryRefused:
    """The refusal of a file in another encoding than the contract's."""
    allowed = " eller ".join(NAMES_SV.get(name, name) for name in contract.format.encodings)
    return DeliveryRefused(
        "wrong_encoding",
        f"Filens teckenkodning är fel: den ser ut att vara {found_sv}, men ska vara {allowed}.",
        f"Exportera filen på nytt från källsystemet med teckenkodningen {allowed}.",
    )


def _refuse_unless_allowed(encoding: str, contract: DatasetContract) -> None:
    if encoding not in contract.format.encodings:
        raise wrong_encoding(NAMES_SV.get(encoding, encoding), contract)


def _refuse_what_is_not_text(head: bytes) -> None:
    if not head.removeprefix(UTF8_BOM).strip():
        raise DeliveryRefused(
            "empty_file",
            "Filen är tom.",
            "Kontrollera exporten i källsystemet och leverera filen på nytt. Den förra leveransen gäller tills vidare.",
        )
    for signature, kind in ARCHIVES.items():
        if head.startswith(signature):
            raise DeliveryRefused(
                "archive",
                f"Filen är {kind} och inte en textfil. Arkiv packas aldrig upp.",
                "Packa upp arkivet och leverera textfilen i det, under det namn som kontraktet anger.",
            )
    binary = next((kind for signature, kind in BINARIES.items() if head.startswith(signature)), None)
    looks_utf16 = any(head.startswith(mark) for mark in UTF16) or _every_other_is_zero(head)
    if looks_utf16:
        raise DeliveryRefused(
            "wrong_encoding",
            "Filens teckenkodning är fel: den ser ut att vara UTF-16 (Excels ”Unicode-text”).",
            "Exportera eller spara filen på nytt som UTF-8.",
        )
    if binary or len(CONTROL.findall(head)) > MAY_BE_CONTROL * len(head):
        raise DeliveryRefused(
            "not_text",
            f"Filen är inte en textfil{f' utan {binary}' if binary else ''}.",
            "Kontrollera att rätt fil levererades och att överföringen inte skadade den.",
        )


def _every_other_is_zero(head: bytes) -> bool:
    start = head[:2000]
    return len(start) >= 4 and max(start[0::2].count(0), start[1::2].count(0)) > 0.4 * len(start) / 2


def _decode(sample: bytes, encoding: str) -> str | None:
    """The sample as text, without what a cut in the middle of a character left at its ends; None if it does not fit."""
    if encoding != "utf-8":
        try:
            return sample.decode(encoding)
        except UnicodeDecodeError:
            return None
    lead = next((i for i, byte in enumerate(sample[:4]) if byte & 0xC0 != 0x80), 0)
    try:
        text, _ = codecs.utf_8_decode(sample[lead:], "strict", False)
    except UnicodeDecodeError as error:
        # A few broken lines in a large text are quarantined as lines; a text in another encoding is refused.
        text = sample.decode("utf-8", "ignore")
        broken = len(sample) - len(text.encode())
        whole = len(SWEDISH_LETTER.findall(text))
        return text if broken * 4 < whole and error.reason else None
    return text


def _twice_encoded(text: str | None) -> tuple[str, ...]:
    twice = len(TWICE_ENCODED.findall(text or ""))
    if not twice:
        return ()
    if twice > len(SWEDISH_LETTER.findall(text or "")):
        raise DeliveryRefused(
            "wrong_encoding",
            "Å, ä och ö är förvanskade: filen är UTF-8 som har lästs som Windows-1252 och sparats en gång till.",
            "Exportera filen på nytt från källsystemet, utan att öppna och spara om den i ett annat program.",
        )
    return ("Enstaka å, ä och ö är förvanskade (dubbelkodade) redan i källan.",)


def refuse_if_cut_off(path: Path, delimiter: str, fields: int, encoding: str) -> None:
    """Refuse a delimited file whose last line has no line end and too few fields."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - SAMPLE))
        tail = file.read()
    last = tail[tail.rfind(b"\n") + 1 :]
    if last.strip() and last.decode(encoding, "replace").count(delimiter) < fields - 1:
        raise cut_off()


def cut_off() -> DeliveryRefused:
    """The refusal of a file that ends in the middle of a record."""
    return DeliveryRefused(
        "truncated",
        "Filen är avbruten: den slutar mitt i en post.",
        "Överför filen på nytt och kontrollera att den är lika stor som i källsystemet.",
    )
