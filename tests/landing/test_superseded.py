"""The order in which files arrive does not decide which of them counts, where their names say it."""

from __future__ import annotations

import itertools

import pytest

from dia_assets.contracts import DatasetContract, Load
from dia_assets.errors import DeliveryRefused
from dia_assets.landing.superseded import SUPERSEDED

from .support import LESSONS, Landing, column, contract

BY_VERSION = LESSONS.model_copy(
    update={
        "files": r"lessons_(?P<period>\d+)(_v(?P<version>\d*))?\.csv",
        "load": Load(mode="period", key=("unit", "day"), scope=("day",), order=("version",)),
    }
)
REGISTER = contract(
    [column("unit", "Enhet", required=True)],
    r"register(_(?P<day>\d{4}-\d{2}-\d{2}))?\.csv",
    LESSONS.format,
    Load(mode="full", key=("unit",), order=("day",)),
)


def text(minutes: int) -> str:
    return f"Enhet;Dag;Minuter;Klass;Anm\n00000001;2026-06-01;{minutes};7A;\n"


def refused(landing: Landing, dataset: DatasetContract, name: str, content: str) -> bool:
    try:
        landing.take_in(dataset, name, content)
    except DeliveryRefused as refusal:
        assert refusal.rule == SUPERSEDED
        return True
    return False


@pytest.mark.parametrize("order", list(itertools.permutations(["", "_v2", "_v10"])))
def test_in_whatever_order_versions_come_the_last_one_is_the_last_to_be_taken_in(
    landing: Landing, order: tuple[str, ...]
) -> None:
    for minutes, suffix in zip((10, 20, 30), order, strict=True):
        refused(landing, BY_VERSION, f"lessons_1{suffix}.csv", text(minutes))
    last = landing.ledger.deliveries(BY_VERSION.key, "accepted")[-1]
    assert last.file == "lessons_1_v10.csv"


def test_a_correction_without_a_number_comes_after_the_first_version(landing: Landing) -> None:
    assert not refused(landing, BY_VERSION, "lessons_1_v.csv", text(10))
    assert refused(landing, BY_VERSION, "lessons_1.csv", text(20))


def test_versions_of_other_periods_have_nothing_to_do_with_it(landing: Landing) -> None:
    assert not refused(landing, BY_VERSION, "lessons_1_v2.csv", text(10))
    assert not refused(landing, BY_VERSION, "lessons_2.csv", text(20))


def test_yesterdays_register_after_todays_is_not_taken_in(landing: Landing) -> None:
    assert not refused(landing, REGISTER, "register_2026-06-04.csv", "Enhet\n1\n")
    assert refused(landing, REGISTER, "register_2026-06-03.csv", "Enhet\n2\n")
    assert not refused(landing, REGISTER, "register_2026-06-05.csv", "Enhet\n3\n")


def test_a_register_without_a_day_in_its_name_counts_as_it_comes(landing: Landing) -> None:
    assert not refused(landing, REGISTER, "register_2026-06-04.csv", "Enhet\n1\n")
    assert not refused(landing, REGISTER, "register.csv", "Enhet\n2\n")
