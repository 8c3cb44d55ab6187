"""What a night promises: everything fresh, nothing twice, one bad file never takes the night down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dia_assets import lock, model_page
from dia_assets.contracts import load_contracts
from dia_assets.ledger import Ledger
from dia_assets.maintenance import forget_deliveries
from dia_assets.nightly import Exit, Night
from dia_assets.settings import PROJECT, Lake, load_settings
from dia_assets.synthetic import generate, next_day

from .nights import REFUSED, environment, fingerprint, night, night_in_a_process

ATTENDANCE = load_contracts()["narvaro.lesson_attendance"]


def extracts(root: Path, system: str) -> list[Path]:
    return sorted((root / "synthetic" / "extracts" / system).iterdir())


def rows(root: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{root}/internal/lakehouse.duckdb' as lakehouse (read_only)")
        return connection.execute(sql).fetchall()


def test_a_first_night_publishes_everything_fresh(first_night: tuple[Path, Night, str]) -> None:
    root, ended, printed = first_night
    assert ended.exit is Exit.PUBLISHED
    assert "Nattkörningen är klar." in printed
    assert "rader i karantän" in printed
    for audience in ("public", "municipality"):
        current = root / "serving" / audience / "current"
        assert (current / "index.html").is_file()
        assert (current / "skoldata.duckdb").is_file()
        assert f"öppna {current / 'index.html'}" in printed


def test_every_delivery_is_accounted_for_row_by_row(first_night: tuple[Path, Night, str]) -> None:
    deliveries = Ledger(Lake(first_night[0]).ledger).deliveries()
    assert len(deliveries) > 10
    assert {item.status for item in deliveries} == {"accepted"}
    assert all(item.rows_read == (item.rows_kept or 0) + (item.rows_quarantined or 0) for item in deliveries)


def test_a_second_night_without_news_starts_neither_dbt_nor_great_expectations(copied: Path) -> None:
    before = fingerprint(copied)
    program = (
        "import sys; from dia_assets.cli import main\n"
        "try: main(['nightly'])\n"
        "except SystemExit as end: status = end.code\n"
        "started = [name for name in ('great_expectations', 'dbt') if name in sys.modules]\n"
        "print('STARTED', started, status)"
    )
    with environment(copied):
        run = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "STARTED [] 0" in run.stdout, run.stdout + run.stderr
    assert "Inläst: inget nytt." in run.stdout
    assert fingerprint(copied) == before


def test_a_new_day_moves_the_marts_and_history_only_grows(
    first_night: tuple[Path, Night, str], next_night: tuple[Path, Night, str]
) -> None:
    root, ended, printed = next_night
    assert ended.exit is Exit.PUBLISHED, printed
    lessons = "select count(*) from lakehouse.marts.fct_attendance_lesson"
    assert rows(root, lessons)[0][0] > rows(first_night[0], lessons)[0][0]


def test_a_refused_source_stays_at_its_last_good_version_while_the_others_move(copied: Path) -> None:
    people = "select max(_load) from lakehouse.history.ss12000__person"
    lessons = "select max(_load) from lakehouse.history.narvaro__lesson_attendance"
    before = rows(copied, people), rows(copied, lessons)
    next_day(copied / "synthetic")
    broken = max(extracts(copied, "ss12000"), key=lambda path: (path.name.startswith("persons"), path.name))
    broken.write_bytes(broken.read_bytes()[:-200])
    ended, printed = night(copied)
    assert ended.exit is Exit.STALE_OR_REFUSED, printed
    assert broken.name in printed and "nekad" in printed and "Gör så här" in printed
    assert rows(copied, people) == before[0]
    assert rows(copied, lessons) != before[1]


def test_a_blocking_rule_keeps_the_last_publication_and_is_named_until_the_data_are_right(copied: Path) -> None:
    before = fingerprint(copied)
    current = copied / "serving" / "public" / "current"
    published = current.resolve()
    generate("one_unit", copied / "synthetic", faults=["negative_post"])
    ended, printed = night(copied)
    assert ended.exit is Exit.BROKEN, printed
    assert "Nattkörningen stoppades av en regel. Inget nytt har publicerats." in printed
    assert "Ingen tjänstgöringsgrad är negativ. Gäller inte 1 rad (regeln no_negative_post)." in printed
    assert "Gör så här: Rätta tjänstgöringsgraden i personalsystemet. Ansvarig: Personalenheten." in printed
    assert current.resolve() == published
    assert {name: told for name, told in fingerprint(copied).items() if not name.startswith("history")} == {
        name: told for name, told in before.items() if not name.startswith("history")
    }
    generate("one_unit", copied / "synthetic")
    ended, printed = night(copied)
    assert ended.exit is Exit.PUBLISHED, printed
    assert current.resolve() != published
    assert "stoppades" not in printed


def test_a_broken_file_in_the_place_of_a_good_one_is_refused_and_the_good_one_stays(copied: Path) -> None:
    faults = ["too_many_bad_rows", "last_survey_resent", "renamed_staff_column"]
    before = fingerprint(copied)
    generate("one_unit", copied / "synthetic", faults=faults)
    truth = json.loads((copied / "synthetic" / "truth.json").read_text(encoding="utf-8"))
    files = {Path(item["file"]).name for item in truth["faults"]}
    ended, printed = night(copied)
    assert ended.exit is Exit.STALE_OR_REFUSED, printed
    assert {item.file for item in Ledger(Lake(copied).ledger).deliveries(status="refused")} == files
    assert len(files) == len(faults) and all(f"{file}: nekad." in printed for file in files)
    kept = {name: told for name, told in fingerprint(copied).items() if name.startswith(("history", "marts.fct"))}
    assert kept == {name: before[name] for name in kept} and len(kept) > 20


def test_the_same_files_again_change_nothing(copied: Path) -> None:
    before = fingerprint(copied)
    for file in extracts(copied, "narvaro"):
        target = copied / "drop" / "narvaro" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    (copied / "drop" / "narvaro" / "okand.csv").write_text("no contract knows this file", encoding="utf-8")
    ended, printed = night(copied)
    assert ended.exit is Exit.PUBLISHED, printed
    assert fingerprint(copied) == before
    assert [path.name for path in (copied / "drop" / "narvaro").iterdir()] == ["okand.csv"]
    assert "Okända filer, inget kontrakt: narvaro/okand.csv" in printed


def test_everything_can_be_built_from_history_after_raw_is_gone(copied: Path) -> None:
    before = fingerprint(copied)
    with environment(copied):
        settings = load_settings()
        ledger = Ledger(settings.lake.ledger)
        for contract in load_contracts().values():
            forget_deliveries(settings, contract, ledger.deliveries(contract.key))
        settings.lake.accepted_db.unlink()
        assert list(settings.lake.landing.rglob("*.*")) == []
    ended, printed = night(copied)
    assert ended.exit is Exit.PUBLISHED, printed
    assert fingerprint(copied) == before


def test_a_second_run_at_the_same_time_leaves_with_a_sentence(copied: Path) -> None:
    with lock.hold(copied / "run.lock"):
        second = night_in_a_process(copied)
    assert second.returncode == Exit.BUSY
    assert "En annan körning" in second.stderr and "försök senare" in second.stderr


@pytest.mark.parametrize(("name", "value"), [("threads", "many"), ("preset", "atlantis")])
def test_a_wrong_setting_is_told_before_anything_runs(tmp_path: Path, name: str, value: str) -> None:
    wrong = night_in_a_process(tmp_path / "data", **{f"DIA_{name.upper()}": value})
    assert wrong.returncode == Exit.WRONG_SETTING
    assert name in wrong.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("fault", sorted(REFUSED))
def test_a_broken_file_is_refused_with_a_clear_message(night_of_faults: tuple[Path, Night, str], fault: str) -> None:
    root, _, printed = night_of_faults
    truth = json.loads((root / "synthetic" / "truth.json").read_text(encoding="utf-8"))
    (file,) = {Path(item["file"]).name for item in truth["faults"] if item["fault"] == fault}
    refused = [d for d in Ledger(Lake(root).ledger).deliveries(status="refused") if d.file == file]
    assert refused, printed
    assert all(item.reason_sv and item.remedy_sv for item in refused)
    assert f"{file}: nekad." in printed


def test_the_good_files_of_that_night_are_published(night_of_faults: tuple[Path, Night, str]) -> None:
    root, ended, printed = night_of_faults
    assert ended.exit is Exit.STALE_OR_REFUSED, printed
    assert (root / "serving" / "public" / "current" / "index.html").is_file()
    assert len(Ledger(Lake(root).ledger).deliveries(status="accepted")) > 20


# Keys that are in no dimension, and why.
OF_ANOTHER_LIST = {
    ("fct_attendance_lesson", "dim_subject"),  # lessons of förskoleklass and of upper secondary school
    ("fct_external_statistics", "dim_school_unit"),  # the country's units
    ("fct_staff_service", "dim_subject"),  # posts without a subject
    ("fct_survey_answer", "dim_grade_year"),  # the surveys count gymnasiet's second year as the eleventh
}


def test_every_key_of_a_fact_is_in_its_dimension(first_night: tuple[Path, Night, str]) -> None:
    tables = model_page.marts()
    keys = {table.name: table.columns[0] for table in tables} | {"dim_grade_year": "grade_year"}
    asked = 0
    with duckdb.connect(str(Lake(first_night[0]).accepted_db), read_only=True) as connection:
        for fact in (table for table in tables if table.name.startswith("fct_")):
            for column, (_, dimension) in model_page.TIES.items():
                if not dimension or (fact.name, dimension) in model_page.OTHERS | OF_ANOTHER_LIST:
                    continue
                for tie in fact.ties(column):
                    found = connection.execute(
                        f"select count(*) from marts.{fact.name} where {tie} is not null"
                        f" and {tie} not in (select {keys[dimension]} from marts.{dimension})"
                    ).fetchone()
                    assert found == (0,), f"{fact.name}.{tie} has keys that {dimension} has not"
                    asked += 1
    assert asked > 60
