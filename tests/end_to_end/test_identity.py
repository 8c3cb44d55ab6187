"""A steward's decision from the command line to master and marts, and back again when it is undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from click.testing import CliRunner

from dia_assets.cli import main
from dia_assets.history import tables
from dia_assets.nightly import Exit
from dia_assets.settings import Lake

from .nights import environment, fingerprint, night

WITH_GRADES = "select person_key from marts.fct_grade group by 1 having count(distinct spring_year) = 1 order by 1"


def accepted(root: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(Lake(root).accepted_db), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def dia(root: Path, *arguments: str) -> str:
    with environment(root):
        result = CliRunner().invoke(main, ["identity", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def grades(root: Path, key: str) -> set[tuple[Any, ...]]:
    found = f"select spring_year, subject_code, grade from marts.fct_grade where person_key = '{key}'"
    return set(accepted(root, found))


def test_a_merge_gives_one_person_with_the_grades_of_both_and_its_undoing_two_again(copied: Path) -> None:
    before = fingerprint(copied)
    years = dict(accepted(copied, f"select max(spring_year), min(person_key) from marts.fct_grade where person_key in"
                                  f" ({WITH_GRADES}) group by person_key order by all"))  # fmt: skip
    (first, kept), (second, other) = list(years.items())[:2]
    own, others = grades(copied, kept), grades(copied, other)
    assert first != second and own and others

    shown = dia(copied, "decide", "merge", kept, other, "--reason", "samma elev", "--by", "registrator")
    assert "--apply" in shown and not Lake(copied).identity_decisions.exists()
    dia(copied, "decide", "merge", kept, other, "--reason", "samma elev", "--by", "registrator", "--apply")
    assert night(copied)[0].exit is Exit.PUBLISHED
    assert accepted(copied, f"select person_key from master.mst_person where person_key in ('{kept}', '{other}')") == [
        (kept,)
    ]
    assert grades(copied, kept) == own | others and not grades(copied, other)
    history = tables.exists(Lake(copied).internal / "history" / "scb" / "final_grade_year9")
    assert history

    decision = dia(copied, "status").split("merge")[0].split()[-2]
    dia(copied, "undo", decision, "--reason", "fel elev", "--apply")
    assert night(copied)[0].exit is Exit.PUBLISHED
    assert (grades(copied, kept), grades(copied, other)) == (own, others)
    assert {name: value for name, value in fingerprint(copied).items() if name.startswith(("master", "history"))} == {
        name: value for name, value in before.items() if name.startswith(("master", "history"))
    }
