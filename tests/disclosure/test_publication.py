"""All blocks of a publication: shared by processes or not, the answers are the same; known ones are not worked out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from disclosure.figures import COUNT, POLICY, Numbers, numbers, shown, truth

from dia_assets.disclosure import publication
from dia_assets.disclosure.publication import Block, Row

LARGE = numbers(Alfa=((3, 0), (12, 0)), Beta=((14, 0), (17, 0)), Gamma=((11, 0), (13, 0)))
SMALL = numbers(Alfa=((8, 0), (2, 0)), Beta=((30, 0), (30, 0)), Gamma=((9, 0), (19, 0)))


def block(audience: str, period: str, found: Numbers) -> Block:
    rows: list[Row] = [
        {
            "audience": audience, "indicator_id": cell.indicator_id, "level": cell.level, "entity_code": cell.entity,
            "breakdown_value": cell.group, "period": period, "value": cell.value, "mark": cell.mark, "n": cell.n,
            "n_mark": cell.n_mark,
        }
        for cell in shown(found, COUNT)
    ]  # fmt: skip
    return Block(audience, "family", period, rows, [COUNT], truth(found, COUNT), POLICY, {})


CHAINS = [
    [block("municipality", "2024/25", LARGE), block("public", "2024/25", LARGE)],
    [block("municipality", "2025/26", SMALL)],
]


def test_processes_give_the_same_answers_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = publication._all_answered(CHAINS, {})
    monkeypatch.setattr(publication, "MANY_ROWS", 1)
    monkeypatch.setattr(publication.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(publication, "_answered", _not_here)
    with pytest.raises(AssertionError, match="in this process"):
        publication._all_answered(CHAINS[:1], {})  # a single chain has nobody to share with
    monkeypatch.undo()
    monkeypatch.setattr(publication, "MANY_ROWS", 1)
    monkeypatch.setattr(publication.os, "cpu_count", lambda: 2)
    assert publication._all_answered(CHAINS, {}) == alone
    assert [{row["period"] for row in rows} for rows in alone] == [{"2024/25"}, {"2025/26"}]
    hidden = {(row["entity_code"], row["breakdown_value"]) for row in alone[0] if row["n_mark"]}
    assert hidden == {("Alfa", "K"), ("Alfa", "M"), ("Gamma", "K"), ("Gamma", "M")}


def test_what_was_answered_before_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = publication._all_answered(CHAINS, {})
    answers: dict[str, list[Row]] = {}
    for rows in alone:
        for row in rows:
            answers.setdefault(row["block_id"], []).append({k: v for k, v in row.items() if k != "block_id"})
    monkeypatch.setattr(publication, "_answered", _not_here)
    assert publication._all_answered(CHAINS, answers) == alone
    changed = [[replace(CHAINS[1][0], truth=truth(LARGE, COUNT))]]
    with pytest.raises(AssertionError, match="in this process"):
        publication._all_answered(changed, answers)


def _not_here(*_: Any) -> list[Row]:
    raise AssertionError("worked out in this process")
