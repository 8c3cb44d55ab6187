"""Time is injected: what the system believes it is, for a real night, a test or the synthetic municipality."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from dia_assets.settings import Settings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NIGHT = time(2, 0)


def now(settings: Settings) -> datetime:
    """The present time in UTC: `DIA_NOW`, else the synthetic municipality's own night, else the real clock."""
    if settings.now:
        return settings.now
    municipality = settings.lake.synthetic / "municipality.json"
    if municipality.is_file():
        today = date.fromisoformat(json.loads(municipality.read_text(encoding="utf-8"))["today"])
        return datetime.combine(today, NIGHT, STOCKHOLM).astimezone(UTC)
    return real_now()


def real_now() -> datetime:
    """The real clock, in UTC; for what the outside world stamps, such as run logs."""
    return datetime.now(UTC)


def today(settings: Settings) -> date:
    """Today's date in Sweden."""
    return now(settings).astimezone(STOCKHOLM).date()
