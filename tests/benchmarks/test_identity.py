"""The vault is measured against one join, and the page says how it went."""

from typing import Any

from benchmarks.identity import measure
from benchmarks.report import identity_section


def record(what: str, seconds: float, persons: int = 100, **more: float) -> dict[str, Any]:
    return {"what": what, "persons": persons, "seconds": seconds, "peak_mb": 1.0, **more}


def test_the_vault_the_increment_and_the_growth_are_judged() -> None:
    judged = {"proposed": 3, "untrue": 1, "recall": 0.94}
    results = [record("join", 1.0), record("scratch", 19.0), record("increment", 6.0)]
    results += [record("linkage", 1.0, 50, **judged), record("linkage", 4.0, 100, **judged)]
    text = identity_section(results).markdown()
    assert "at most 20. Measured: 19.00 – met." in text
    assert "at most 0.25. Measured: 0.32 – **not met**." in text
    assert "at most 3. Measured: 4.00 – **not met**." in text
    assert "Measured: 94.0% – **not met**." in text
    assert "not the same person: 2." in text


def test_a_small_vault_is_really_measured() -> None:
    results = measure(200, (400,), repeat=1)
    assert [item["what"] for item in results] == ["join", "scratch", "increment", "linkage"]
    assert all(item["seconds"] > 0 for item in results)
