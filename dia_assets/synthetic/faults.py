"""Deliveries that must be refused or stopped, planted only when asked for. Each fault ruins one file and nothing else.

Row-level dirt that the product is to live with is in the `*_dirt` modules.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from dia_assets.synthetic.self_assessments import SELFIE_ROUNDS
from dia_assets.synthetic.staff_extract import FILE as STAFF_FILE
from dia_assets.synthetic.staff_extract import PERCENT
from dia_assets.synthetic.surveys import ROUNDS
from dia_assets.synthetic.truth import Truth
from dia_assets.synthetic.world import World

_OPEN_DAYS = ("2026-06-01", "2026-06-02", "2026-06-03")

# In the order in which they are applied.
FAULTS: dict[str, str] = {
    "missing_unit": "the last day's attendance lacks every row of one school unit",
    "renamed_column": "the last day's attendance has a column under a new name",
    "wrong_encoding": "a day's attendance is in UTF-16",
    "too_many_bad_rows": "a day's attendance has a third of its lines cut short",
    "truncated_file": "the newest closed month's attendance ends in the middle of a row",
    "truncated_json": "the groups end in the middle of an object",
    "zip_bomb": "an attendance file for one day is a zip archive that unpacks to 200 MB",
    "empty_file": "a file of final grades has no bytes",
    "last_year_resent": "last year's final grades come again under this year's name",
    "impossible_values": "a file of year 6 grades has mostly grades that do not exist",
    "garbage": "a national test file is random bytes",
    "last_survey_resent": "the former pupil survey comes again under this year's name",
    "selfie_in_percent": "a SELFIE file has percents in the place of averages",
    "renamed_staff_column": "the staff workbook has a column under a new name",
    "negative_post": "a post in the staff workbook has a negative share: it is taken in, and nothing new is published",
    "unknown_file": "a file that no contract knows lies in the attendance folder",
}
_STOPPED_LATER = "negative_post"  # not by the gate of raw but by that of marts


def plant_faults(world: World, extracts: Path, faults: list[str], truth: Truth) -> None:
    """Apply the faults and note each with the file that is to be refused."""
    year = max(world.preset.spring_years, default=0)
    for name in FAULTS:
        if name not in faults:
            continue
        file = _TARGETS[name](extracts, year)
        if not file.exists() and name not in ("zip_bomb", "unknown_file"):
            continue
        _PLANTERS[name](file, world)
        truth.facts.setdefault("faults", []).append(
            {
                "fault": name,
                "file": file.relative_to(extracts).as_posix(),
                "expected": "blocked" if name == _STOPPED_LATER else "refused",
            }
        )


def _attendance(period: str) -> Callable[[Path, int], Path]:
    return lambda extracts, year: extracts / "narvaro" / f"lektionsnarvaro_{period}.csv"


def _results(kind: str, place: int) -> Callable[[Path, int], Path]:
    def target(extracts: Path, year: int) -> Path:
        files = sorted((extracts / "scb").glob(f"{kind}_{year}_*.txt"))
        return files[place % len(files)] if files else extracts / "scb" / kind

    return target


_TARGETS: dict[str, Callable[[Path, int], Path]] = {
    "missing_unit": _attendance(_OPEN_DAYS[2]),
    "renamed_column": _attendance(_OPEN_DAYS[2]),
    "wrong_encoding": _attendance(_OPEN_DAYS[1]),
    "too_many_bad_rows": _attendance(_OPEN_DAYS[0]),
    "truncated_file": _attendance("2026-05"),
    "truncated_json": lambda extracts, year: extracts / "ss12000" / "groups.json",
    "zip_bomb": _attendance("2026-05-29"),
    "empty_file": _results("betyg_ak9", 0),
    "last_year_resent": _results("betyg_ak9", 1),
    "impossible_values": _results("betyg_ak6", 0),
    "garbage": _results("np_ak9", 0),
    "last_survey_resent": lambda extracts, year: extracts / "enkat" / f"elevenkat_{ROUNDS[-1]}.csv",
    "selfie_in_percent": lambda extracts, year: extracts / "sjalvskattning" / f"selfie_{SELFIE_ROUNDS[-1]}_ht.csv",
    "renamed_staff_column": lambda extracts, year: extracts / "personal" / STAFF_FILE,
    "negative_post": lambda extracts, year: extracts / "personal" / STAFF_FILE,
    "unknown_file": lambda extracts, year: extracts / "narvaro" / "franvaro_slutlig_ny2.csv",
}


def _rename_column(file: Path, world: World) -> None:
    data = file.read_bytes()
    header, rest = data.split(b"\n", 1)
    file.write_bytes(header.replace(b"rvarominuter", b"rvaro (min)") + b"\n" + rest)


def _drop_unit(file: Path, world: World) -> None:
    unit = max(world.units, key=lambda spec: (spec.last_year - spec.first_year + 1) * spec.size_per_year)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if not line.startswith(unit.code.encode())))


def _to_utf16(file: Path, world: World) -> None:
    data = file.read_bytes()
    encoding = "utf-8" if int(file.stem[-5:-3]) % 2 == 0 else "cp1252"
    file.write_bytes(data.decode(encoding).encode("utf-16"))


def _cut_lines(file: Path, world: World) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    cut = [line[: len(line) // 3] + b"\n" if n % 3 == 1 else line for n, line in enumerate(lines)]
    file.write_bytes(b"".join(cut))


def _truncate(file: Path, world: World) -> None:
    data = file.read_bytes()
    half = len(data) * 2 // 3
    line_start = data.rfind(b"\n", 0, half) + 1
    file.write_bytes(data[: line_start + 25])


def _zip_bomb(file: Path, world: World) -> None:
    entry = zipfile.ZipInfo(file.name, date_time=(2026, 5, 29, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w") as archive, archive.open(entry, "w", force_zip64=True) as member:
        for _ in range(200):
            member.write(bytes(1_000_000))


def _resend(file: Path, world: World) -> None:
    year = file.stem.split("_")[2]
    former = file.with_name(file.name.replace(f"_{year}_", f"_{int(year) - 1}_"))
    file.write_bytes(former.read_bytes())


def _resend_survey(file: Path, world: World) -> None:
    file.write_bytes(file.with_name(f"elevenkat_{ROUNDS[0]}.csv").read_bytes())


def _rename_in_workbook(file: Path, world: World) -> None:
    _change_workbook(file, lambda data: data.replace("Sysselsättningsgrad".encode(), b"Tjg (%)"))


def _negate_a_post(file: Path, world: World) -> None:
    column = b"%c" % (ord("A") + PERCENT)
    _change_workbook(file, lambda data: re.sub(rb'(<c r="%s\d+"><v>)(\d)' % column, rb"\1-\2", data, count=1))


def _change_workbook(file: Path, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        members = [(entry, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(file, "w") as archive:
        for entry, data in members:
            archive.writestr(entry, change(data))


def _to_percent(file: Path, world: World) -> None:
    header, *lines = file.read_text(encoding="utf-8-sig").splitlines()
    fields = [line.rsplit(";", 1) for line in lines]
    rows = [f"{rest};{20 * float(last.replace(',', '.')):.0f}" if last else f"{rest};" for rest, last in fields]
    file.write_bytes("\r\n".join([header, *rows, ""]).encode("utf-8-sig"))


def _impossible(file: Path, world: World) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    changed = []
    for line in lines:
        fields = line.rstrip(b"\r\n").split(b";")
        fields[8:13] = [b"Q"] * 5
        changed.append(b";".join(fields) + b"\r\n")
    file.write_bytes(b"".join(changed))


_PLANTERS: dict[str, Callable[[Path, World], None]] = {
    "missing_unit": _drop_unit,
    "renamed_column": _rename_column,
    "wrong_encoding": _to_utf16,
    "too_many_bad_rows": _cut_lines,
    "truncated_file": _truncate,
    "truncated_json": lambda file, world: _write(file, file.read_bytes()[: file.stat().st_size // 2]),
    "zip_bomb": _zip_bomb,
    "empty_file": lambda file, world: _write(file, b""),
    "last_year_resent": _resend,
    "impossible_values": _impossible,
    "garbage": lambda file, world: _write(file, world.rng("garbage").bytes(20_000)),
    "last_survey_resent": _resend_survey,
    "selfie_in_percent": _to_percent,
    "renamed_staff_column": _rename_in_workbook,
    "negative_post": _negate_a_post,
    "unknown_file": lambda file, world: _write(file, b"Elev;Timmar\r\n1;7,5\r\n"),
}


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
