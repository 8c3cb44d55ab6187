"""The summary of a night tells of what is open since earlier, and of a source that has never given anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dia_assets.ledger import Ledger
from dia_assets.nightly import Exit, _exit
from dia_assets.report import night_report, summary_sv
from dia_assets.settings import Settings

NOW = datetime(2026, 6, 4, tzinfo=UTC)


def test_a_refusal_by_an_earlier_run_is_told_of_while_it_is_open(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    settings.lake.prepare()
    ledger = Ledger(settings.lake.ledger)
    load = ledger.add_delivery(
        system="bakgrund", dataset="socioeconomic_index", file="socioekonomiskt_index_2025.csv", sha256="0" * 64,
        size=10, received_at=NOW, landed_path=Path("x"),
    ).load  # fmt: skip
    ledger.refuse(load, rule="header_mismatch", reason_sv="Rubriken stämmer inte.", remedy_sv="Ändra exporten.")
    told = summary_sv(settings, night_report(settings, ledger, "run", NOW, decided_before={load}), 3, 1)
    assert "socioekonomiskt_index_2025.csv: nekad sedan tidigare. Rubriken stämmer inte." in told
    assert "Gör så här: Ändra exporten." in told


def test_a_named_source_that_has_never_given_anything_is_told_of_and_is_no_success(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sources={"narvaro": tmp_path, "bakgrund": tmp_path})  # type: ignore[dict-item]
    settings.lake.prepare()
    ledger = Ledger(settings.lake.ledger)
    load = ledger.add_delivery(
        system="bakgrund", dataset="socioeconomic_index", file="socioekonomiskt_index_2025.csv", sha256="0" * 64,
        size=10, received_at=NOW, landed_path=Path("x"),
    ).load  # fmt: skip
    ledger.accept(load, rows_read=1, rows_kept=1, rows_quarantined=0, raw_version=1, decided_at=NOW)
    report = night_report(settings, ledger, "run", NOW)
    assert report.empty == ["Närvarosystemet"]
    assert _exit(report) is Exit.STALE_OR_REFUSED
    assert "Närvarosystemet: har aldrig lämnat något, fast källan är angiven." in summary_sv(settings, report, 3, 1)


def test_datasets_of_systems_that_nobody_has_named_are_just_not_connected(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    settings.lake.prepare()
    report = night_report(settings, Ledger(settings.lake.ledger), "run", NOW)
    assert report.empty == [] and _exit(report) is Exit.PUBLISHED
