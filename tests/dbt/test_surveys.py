"""Surveys from answers in words to index and share: the worked examples, and questions that are turned round."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.dbt.compiled import CompiledModel
from tests.dbt.lake import Lake

FULLY, FAIRLY, POORLY, NOT, UNKNOWN = (
    "Stämmer helt och hållet", "Stämmer ganska bra", "Stämmer ganska dåligt", "Stämmer inte alls", "Vet ej"
)  # fmt: skip
RAW = {
    "survey_year": "bigint", "school_unit_code": "varchar", "respondent_number": "varchar",
    "question_number": "varchar", "grade_year": "bigint", "index_name": "varchar", "answer_code": "varchar",
    "invited": "bigint", "_load": "bigint",
}  # fmt: skip
FACT = RAW | {
    "respondent_kind": "varchar", "answer_value": "double", "is_answered": "boolean", "counts_in_index": "boolean",
    "is_positive": "boolean", "is_reversed": "boolean",
}  # fmt: skip
REVERSED = {
    "respondent_kind": "varchar", "survey_year": "integer", "question_number": "varchar", "source": "varchar"
}  # fmt: skip
Told = Callable[[Sequence[tuple[int, str]]], dict[str, float]]


def _answers(counts: Sequence[tuple[int, str]], question: str) -> list[dict[str, object]]:
    words = [word for count, word in counts for _ in range(count)]
    return [
        {
            "survey_year": 2024, "school_unit_code": "00000001", "respondent_number": str(number),
            "question_number": question, "grade_year": 5, "index_name": "Trygghet", "answer_code": word,
            "invited": len(words), "_load": 1,
        }
        for number, word in enumerate(words)
    ]  # fmt: skip


@pytest.fixture
def told(golden_lake: Lake) -> Callable[..., dict[str, float]]:
    """Index and share of positive answers, as they are published, of so many answers in these words."""

    def published(counts: Sequence[tuple[int, str]], question: str = "1") -> dict[str, float]:
        fact, indicators = CompiledModel(golden_lake, "fct_survey_answer"), CompiledModel(golden_lake, "ind_survey")
        fact.give("history.enkat__pupil_answer", RAW, _answers(counts, question))
        fact.give("history.enkat__guardian_answer", RAW, [])
        reversed_one = {"respondent_kind": "pupil", "survey_year": 2024, "question_number": "2"}
        fact.give("reference.ref_survey_reversed", REVERSED, [reversed_one])
        indicators.give("marts.fct_survey_answer", FACT, fact.rows())
        indicators.give(
            "master.mst_own_municipality_unit", {"school_unit_code": "varchar", "municipality_code": "varchar"}, []
        )
        rows = {row["indicator_id"].split(".")[-1]: row["value"] for row in indicators.rows()}
        return {"INDEX": round(rows["INDEX"] + 1e-9, 1), "POSITIVE": round(100 * rows["POSITIVE"] + 1e-9, 1)}

    return published


def test_thirty_answers_have_the_index_of_the_worked_example(told: Told) -> None:
    assert told([(13, FULLY), (14, FAIRLY), (3, POORLY)]) == {"INDEX": 7.8, "POSITIVE": 90.0}


def test_an_index_leaves_vet_ej_out_and_the_share_of_positive_answers_does_not(told: Told) -> None:
    counts = [(40, FULLY), (35, FAIRLY), (15, POORLY), (5, NOT), (5, UNKNOWN)]
    assert told(counts) == {"INDEX": 7.2, "POSITIVE": 75.0}


def test_a_question_that_is_worded_the_other_way_is_turned_round(told: Callable[..., dict[str, float]]) -> None:
    counts = [(13, NOT), (14, POORLY), (3, FAIRLY)]
    assert told(counts, question="2") == {"INDEX": 7.8, "POSITIVE": 90.0}
    assert told(counts, question="1") == {"INDEX": 2.2, "POSITIVE": 10.0}


def test_vet_ej_is_no_positive_answer_to_a_question_that_is_turned_round(told: Callable[..., dict[str, float]]) -> None:
    assert told([(9, NOT), (1, UNKNOWN)], question="2") == {"INDEX": 10.0, "POSITIVE": 90.0}
