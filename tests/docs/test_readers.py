"""The readers' pages: queries run on a publication, tables and marks are those published, every code is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from serving.lakehouse import cells_of_other_families, demo_cells, fill_ledger, night

from dia_assets.gates.suites import Rule
from dia_assets.landing import damage, delimited, lines, values
from dia_assets.landing.superseded import SUPERSEDED
from dia_assets.pages import words
from dia_assets.serving.tables import AUDIENCES, TABLES, tables_for
from dia_assets.settings import PROJECT, Settings
from docs.reading import between, blocks, first_codes, page, rows, section

ANALYST = page("docs/readers/analyst.md")
STEWARD = page("docs/readers/steward.md")
JURIST = page("docs/readers/jurist.md")
QUERIES = blocks(ANALYST, "sql")


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The municipality's published database, opened as the page says."""
    settings = Settings(data=tmp_path_factory.mktemp("docs"), memory_limit="1GB")
    fill_ledger(settings)
    folder = night(settings, [*demo_cells(), *cells_of_other_families()])["municipality"].folder
    with duckdb.connect(folder / "skoldata.duckdb", read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split()[1])
def test_every_query_for_analysts_gives_rows(query: str, publication: duckdb.DuckDBPyConnection) -> None:
    assert publication.execute(query).fetchall()


def test_ten_questions_are_answered() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split()[1])
def test_no_query_for_analysts_orders_schools_by_a_value(query: str) -> None:
    order = query.rpartition("order by")[2]
    for word in ("value", "percent", "lowest", "middle", "highest", "pupils_per", "teachers"):
        assert word not in order


def test_analysts_read_of_every_published_table() -> None:
    listed = rows(between(ANALYST, "tabeller", "slut på tabeller"))
    assert [cells[0].strip("`") for cells in listed] == [table.name for table in TABLES]
    only_one = {cells[0].strip("`") for cells in listed if "bara `municipality`" in cells[1]}
    assert only_one == {t.name for t in TABLES} - {t.name for t in tables_for("public")}


def test_analysts_read_of_every_audience_and_every_mark() -> None:
    codes = set(first_codes(ANALYST))
    assert set(AUDIENCES) | set(words.MARKS) <= codes


def test_stewards_read_of_every_reason_for_a_refusal() -> None:
    landing = [path.read_text("utf-8") for path in (PROJECT / "dia_assets" / "landing").glob("*.py")]
    codes = {code for text in landing for code in re.findall(r'DeliveryRefused\(\s*"(\w+)"', text)}
    codes |= {code for text in landing for code in re.findall(r'(?:rule=|_refusal\(\s*)"(\w+)"', text)}
    codes.add(SUPERSEDED)
    codes |= set(re.findall(r'TOO_MANY = "(\w+)"', (PROJECT / "dia_assets/gates/raw_gate.py").read_text("utf-8")))
    written = set(first_codes(section(STEWARD, "När en leverans har nekats")))
    assert written == codes


def test_stewards_read_of_every_reason_for_setting_a_row_aside() -> None:
    codes = {values.MISSING, values.WRONG_TYPE, values.WRONG_PATTERN, delimited.FIELD_COUNT}
    codes |= {lines.UNCLOSED_QUOTE, lines.INVALID_BYTES, lines.CONTROL_CHARACTER}
    codes |= set(damage.REASONS_SV)
    assert set(first_codes(section(STEWARD, "Undanställda rader"))) == codes


def test_the_steward_s_example_is_a_valid_rule() -> None:
    (example,) = blocks(STEWARD, "yaml")
    assert [Rule(**rule).id for rule in yaml.safe_load(example)["rules"]] == ["no_negative_minutes"]


def test_lawyers_read_the_limits_that_hold() -> None:
    seed = PROJECT / "dbt_project" / "seeds" / "ref_suppression_policy.csv"
    policy = duckdb.read_csv(str(seed), all_varchar=True).df().set_index("audience")
    for cells in rows(section(JURIST, "Röjandekontroll")):
        limit = re.search(r"`(\w+)`", cells[0])
        assert limit is not None, cells[0]
        assert cells[1:] == [policy.loc[audience, limit.group(1)] for audience in ("public", "municipality")]


def test_lawyers_are_told_what_is_not_guaranteed() -> None:
    assert "Det här garanteras inte:" in JURIST


@pytest.mark.parametrize("setting", ["raw_retention_days", "run_log_days"])
def test_the_periods_of_deletion_are_the_settings_own(setting: str) -> None:
    days = Settings.model_fields[setting].default
    row = next(cells for cells in rows(section(JURIST, "Gallring")) if setting in cells[1])
    assert row[1].startswith(f"{days} dagar")


def test_python_in_the_pages_compiles() -> None:
    for path in (PROJECT / "docs").rglob("*.md"):
        for block in blocks(Path(path).read_text("utf-8"), "python"):
            assert compile(block, str(path), "exec").co_name == "<module>"


def test_lawyers_read_of_every_role_and_its_audience() -> None:
    told = [(name, audience.strip("`"), k, note) for name, audience, k, note in rows(section(JURIST, "Vem läser vad"))]
    roles = duckdb.read_csv(str(PROJECT / "dbt_project" / "seeds" / "ref_role_audience.csv"), all_varchar=True)
    assert told == roles.project("role_sv, audience, k, coalesce(note_sv, '')").fetchall()
