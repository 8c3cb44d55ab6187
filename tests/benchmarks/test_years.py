"""Earlier school years are copies with the dates moved back."""

from pathlib import Path

from benchmarks.years import add_years

HEADER = "Skolenhetskod;Personnummer;Klass;Ämne;Datum;Start;LektionsID;Lektionsminuter\r\n"
LINE = "00000001;201201019807;9A;MA;2026-03-02;08:20;L00012603021;60\r\n"


def test_a_month_is_copied_to_each_earlier_year_with_lessons_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "narvaro"
    folder.mkdir()
    (folder / "lektionsnarvaro_2026-03.csv").write_bytes((HEADER + LINE).encode("cp1252"))
    (folder / "lektionsnarvaro_2026-06-01.csv").write_bytes((HEADER + LINE).encode("cp1252"))

    assert add_years(tmp_path, 2) == 2

    assert sorted(path.name for path in folder.iterdir()) == [
        "lektionsnarvaro_2024-03.csv",
        "lektionsnarvaro_2025-03.csv",
        "lektionsnarvaro_2026-03.csv",
        "lektionsnarvaro_2026-06-01.csv",
    ]
    copied = (folder / "lektionsnarvaro_2024-03.csv").read_bytes().decode("cp1252")
    assert copied == HEADER + LINE.replace("2026-03-02;08:20;L", "2024-03-02;08:20;N")
