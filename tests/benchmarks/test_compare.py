"""Two sets of indicator values are compared cell by cell."""

from pathlib import Path

import duckdb

from benchmarks.compare import compare

COLUMNS = "indicator_id, entity_code, breakdown_value, period, value, n_denominator, n_numerator"
SMALL = 1e-9


def write(path: Path, schema: str, table: str, rows: str) -> Path:
    with duckdb.connect(str(path)) as db:
        db.execute(f"create schema if not exists {schema}")
        db.execute(f"create table {schema}.{table} as select * from (values {rows}) as t ({COLUMNS})")
    return path


def test_differing_missing_and_empty_cells_are_told_apart(tmp_path: Path) -> None:
    ours = write(
        tmp_path / "ours.duckdb",
        "marts",
        "fct_indicator_value",
        "('A', 'u', 'all', 'p', 0.5, 10, 5), ('B', 'u', 'all', 'p', 0.4, 10, 4), ('C', 'u', 'all', 'p', 1.0, 3, 3),"
        " ('D', 'u', 'all', 'p', null, 0, null)",
    )
    theirs = write(
        tmp_path / "theirs.duckdb",
        "main",
        "indicator_value",
        "('A', 'u', 'all', 'p', 0.50000001, 10, 5), ('B', 'u', 'all', 'p', 0.5, 10, 5),"
        " ('E', 'u', 'all', 'p', 1.0, 3, 3)",
    )
    found = compare(ours, theirs)
    assert (found.cells, found.equal, found.only_ours, found.only_theirs) == (4, 1, 1, 1)
    assert abs(found.largest_difference - 0.1) < SMALL
    assert not found.is_identical
