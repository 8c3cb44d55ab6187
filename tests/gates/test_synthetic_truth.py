"""The suites of raw against the truth file: what was put into the extracts on purpose, no more and no less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from dia_assets.contracts import DatasetContract, load_contracts
from dia_assets.engine import connect
from dia_assets.errors import DeliveryRefused
from dia_assets.gates import words
from dia_assets.gates.raw_gate import GateResult, create_candidate_view, gate_candidates
from dia_assets.gates.run import summed
from dia_assets.gates.suites import raw_suite
from dia_assets.landing.raw import read_candidates
from dia_assets.landing.zone import land
from dia_assets.ledger import Ledger
from dia_assets.settings import Settings
from dia_assets.sources.folder import find_files
from dia_assets.synthetic import generate
from dia_assets.synthetic.truth import Truth

# The rule that finds a planted defect. What has no rule here is repaired when data is typed, or is unreadable.
FOUND_BY = {
    "grade_unknown": {"grades_are_known", "test_grades_are_known"},
    "number_wrong_check_digit": {"number_has_right_check_digit"},
    "sv_and_sva": {"swedish_or_swedish_as_second_language"},
    "minutes_do_not_add_up": {"minutes_add_up"},
    "zero_minutes": {"lesson_has_minutes"},
    "points_unknown": {"points_are_known"},
    "survey_answer_without_value": {"answer_has_its_value"},
    "survey_answer_unknown": {"answer_is_known"},
    "staff_teaching_at_zero": {"teaching_has_a_share"},
    "staff_licence_unknown": {"licence_is_known"},
    "staff_above_full_time": {"not_more_than_full_time"},
    "assessment_level_unknown": {"level_is_known"},
    "support_type_unknown": {"support_type_is_known"},
    "support_ends_before_it_begins": {"support_ends_after_it_begins"},
    "support_without_programme": {"support_has_programme"},
    "credits_unknown": {"credits_are_known"},
    "diploma_without_project": {"diploma_has_project"},
    "certificate_unknown": {"certificate_is_known"},
    "lika_score_off_scale": {"score_is_on_the_scale"},
    "lika_area_unknown": {"area_name_is_known"},
    "selfie_average_of_nobody": {"average_has_answers"},
    "selfie_group_unknown": {"respondent_group_is_known"},
}


class Extracts(NamedTuple):
    settings: Settings
    paths: dict[str, dict[int, tuple[Path, ...]]]
    gated: dict[str, dict[int, GateResult]]
    truth: Truth


def gated_extracts(folder: Path, faults: Sequence[str] = ()) -> Extracts:
    """A small municipality's extracts through the landing zone and the gate of raw."""
    settings = Settings(data=folder)
    lake = settings.lake
    lake.prepare()
    generate("tiny", lake.synthetic, 1, faults)
    ledger = Ledger(lake.ledger)
    paths: dict[str, dict[int, tuple[Path, ...]]] = {}
    for contract in load_contracts().values():
        files = find_files(lake.synthetic / "extracts" / contract.system, contract)
        landed = land(settings, lake, ledger, contract, files, datetime(2026, 6, 4, tzinfo=UTC))
        paths[contract.key] = {
            delivery.load: read.paths
            for delivery, read in read_candidates(settings, lake, ledger, contract, landed)
            if not isinstance(read, DeliveryRefused)
        }
    gated = {key: gate_candidates(settings, contract, paths[key]) for key, contract in load_contracts().items()}
    return Extracts(settings, paths, gated, Truth.read(lake.synthetic / "truth.json"))


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Extracts:
    return gated_extracts(tmp_path_factory.mktemp("truth"))


def rows_named(extracts: Extracts, contract: DatasetContract) -> dict[str, set[tuple[str, int]]]:
    files = [path for paths in extracts.paths[contract.key].values() for path in paths]
    named: dict[str, set[tuple[str, int]]] = {}
    with connect(extracts.settings) as connection:
        words.teach(connection, datetime(2026, 6, 4, tzinfo=UTC).date())
        create_candidate_view(connection, contract, files)
        for rule in raw_suite(contract).rules:
            if rule.bad_rows_where:
                found = connection.execute(f"select _file, _row from candidate where {rule.bad_rows_where}")
                named[rule.id] = set(found.fetchall())
    return named


def test_the_synthetic_municipality_is_refused_nothing(extracts: Extracts) -> None:
    refused = {
        (key, result.rule) for key, results in extracts.gated.items() for result in results.values() if result.rule
    }
    assert not refused
    assert all(extracts.gated[key] for key, contract in load_contracts().items() if not contract.optional)


def test_each_planted_defect_that_a_rule_shall_find_is_found_and_nothing_else(extracts: Extracts) -> None:
    planted: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for entry in extracts.truth.defects():
        planted[entry["defect"]] |= {(entry["file"], row) for row in entry["rows"]}
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for contract in load_contracts().values():
        for rule, rows in rows_named(extracts, contract).items():
            found[rule] |= rows
    for defect, rules in FOUND_BY.items():
        assert set.union(*(found[rule] for rule in rules)) == planted[defect], defect


def test_each_pupil_registered_twice_for_a_lesson_is_counted(extracts: Extracts) -> None:
    doubled = sum(
        len(entry["rows"]) for entry in extracts.truth.defects() if entry["defect"].startswith("double_registered")
    )
    results = extracts.gated["narvaro.lesson_attendance"].values()
    (check,) = [c for c in summed(c for r in results for c in r.checks) if c.rule_id == "one_row_per_pupil_and_lesson"]
    assert check.failed == doubled


def test_no_canary_is_in_any_result(extracts: Extracts) -> None:
    text = repr(extracts.gated)
    canary = [value for values in extracts.truth.facts["canary"].values() for value in values]
    assert canary
    assert not [value for value in canary if str(value) in text]


def test_planted_faults_that_only_the_data_show_are_refused_and_nothing_else(tmp_path: Path) -> None:
    faulty = gated_extracts(tmp_path, ["missing_unit", "impossible_values", "selfie_in_percent"])
    files = {delivery.load: delivery.file for delivery in Ledger(faulty.settings.lake.ledger).deliveries()}
    refused = {
        files[load]: result.rule
        for results in faulty.gated.values()
        for load, result in results.items()
        if not result.accepted
    }
    planted = {fault["fault"]: Path(fault["file"]).name for fault in faulty.truth.facts["faults"]}
    assert refused == {
        planted["missing_unit"]: "no_school_unit_is_missing",
        planted["impossible_values"]: "most_grades_are_known",
        planted["selfie_in_percent"]: "most_averages_are_on_the_scale",
    }
