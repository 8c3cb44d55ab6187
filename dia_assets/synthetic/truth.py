"""The truth file: what was put into the extracts on purpose, so that tests can measure what the product finds.

It holds identifiers of made-up persons and belongs, like the extracts, in a private directory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What the product is expected to do with a defect.
QUARANTINE, CHECK, REPAIR, EXCLUDE = "quarantine", "check", "repair", "exclude"


@dataclass
class Truth:
    """Collects defects and facts; `defects` has one entry per file, column and kind, with its 1-based data rows."""

    facts: dict[str, Any] = field(default_factory=dict)
    _rows: dict[tuple[str, str, str, str], list[int]] = field(default_factory=dict)

    def add(self, file: str, defect: str, expected: str, column: str, rows: list[int]) -> None:
        """Note that these data rows of a file have a defect (`column` is empty when the whole row has it)."""
        if rows:
            self._rows.setdefault((file, defect, column, expected), []).extend(rows)

    def defects(self) -> list[dict[str, Any]]:
        """All defects, in a fixed order."""
        return [
            {"file": file, "defect": defect, "column": column, "expected": expected, "rows": sorted(rows)}
            for (file, defect, column, expected), rows in sorted(self._rows.items())
        ]

    def write(self, path: Path) -> None:
        """Write the truth file whole."""
        write_json(path, {**self.facts, "defects": self.defects()})

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read a truth file in order to add to it."""
        facts = json.loads(path.read_text(encoding="utf-8"))
        truth = cls()
        for entry in facts.pop("defects"):
            truth.add(entry["file"], entry["defect"], entry["expected"], entry["column"], entry["rows"])
        truth.facts = facts
        return truth


def write_json(path: Path, content: Any) -> None:
    """Write JSON in UTF-8 with its keys in the given order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
