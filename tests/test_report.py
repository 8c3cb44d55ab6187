"""The summary of a night tells of a file that an earlier, perhaps killed, run refused and nobody has replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dia_assets.ledger import Ledger
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
