"""Disclosure control seen from the other side: what someone can work out who has everything that is published.

`system` writes it down as one system of linear constraints with whole numbers as unknowns; `attack` asks the system how
far every small number can be narrowed. The rules that decide what is shown are dbt's (`macros/suppression.sql`,
`pub_indicator_value`). What the attacker knows, and does not, stands in docs/decisions/disclosure.md.
"""

from dia_assets.disclosure.attack import Narrowed, attack, questions
from dia_assets.disclosure.protect import protect
from dia_assets.disclosure.publication import Block, blocks, protected
from dia_assets.disclosure.system import UNIT, Cell, Indicator, Policy, System, build, cells_of

__all__ = [
    "UNIT", "Block", "Cell", "Indicator", "Narrowed", "Policy", "System", "attack", "blocks", "build",
    "cells_of", "protect", "protected", "questions",
]  # fmt: skip
