"""What a publication tells about tonight: how fresh each dataset is, how good it is, what was refused.

Rows for the tables that have no query in `tables`, made from contracts and ledger. Counts and dates, never a value.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dia_assets.contracts import DatasetContract
from dia_assets.ledger import CheckState, Delivery
from dia_assets.serving import tables

STOCKHOLM = ZoneInfo("Europe/Stockholm")
REFUSAL_DAYS = 60  # after that a refused delivery that nobody has sent again is history, not news
FAMILY_DATASETS = {
    "leaving_results": ("scb.final_grade_year9",),
    "year6_results": ("scb.grade_year6",),
    "attendance": ("narvaro.lesson_attendance",),
}
TABLE_LABELS = {
    "mst_duty": "Tjänster",
    "mst_enrolment": "Inskrivningar",
    "mst_group": "Grupper",
    "mst_group_membership": "Gruppmedlemskap",
    "mst_organisation": "Organisation",
    "mst_orphan_reference": "Hänvisningar utan mål",
    "mst_person": "Personer",
    "mst_responsible": "Vårdnadshavare",
    "mst_school_unit": "Skolenheter",
    "mst_unmapped_code": "Okända koder",
    "dim_pupil": "Elever (pseudonymiserade)",
    "dim_school_unit": "Skolenheter",
    "fct_attendance_month": "Närvaro per elev och månad",
    "fct_external_statistics": "Skolverkets statistik",
    "fct_grade": "Betyg per elev och ämne",
    "fct_indicator_value": "Indikatorvärden före skydd",
    "fct_leaving": "Slutbetyg per elev",
    "fct_national_test": "Nationella prov per elev",
    "pub_indicator_value": "Indikatorvärden efter skydd",
}
FRESH, LATE, MISSING = "aktuell", "försenad", "saknas"


@dataclass(frozen=True)
class Freshness:
    """How fresh one dataset is; the fields are the columns of the published table `freshness`."""

    dataset: str
    label_sv: str
    system_label_sv: str
    latest_delivery_at: datetime | None
    age_days: int | None
    expected_every_days: int
    grace_days: int
    status: str
    has_refused: bool

    @property
    def latest_refused(self) -> bool:
        """Whether a delivery was refused and nothing accepted has taken its place since."""
        return self.has_refused


def freshness(
    contracts: Mapping[str, DatasetContract], deliveries: Iterable[Delivery], now: datetime
) -> list[Freshness]:
    """How fresh every dataset of the inventory is, in the inventory's order."""
    by_dataset = _by_dataset(deliveries)
    return [_freshness(contract, by_dataset.get(contract.key, []), now) for contract in contracts.values()]


def _freshness(contract: DatasetContract, deliveries: list[Delivery], now: datetime) -> Freshness:
    accepted = [delivery for delivery in deliveries if delivery.status == "accepted"]
    latest = max((delivery.received_at for delivery in accepted), default=None)
    age = max(0, (_day(now) - _day(latest)).days) if latest else None
    limit = contract.expected.every_days + contract.expected.grace_days
    return Freshness(
        dataset=contract.key,
        label_sv=contract.label_sv,
        system_label_sv=contract.system_label_sv,
        latest_delivery_at=latest,
        age_days=age,
        expected_every_days=contract.expected.every_days,
        grace_days=contract.expected.grace_days,
        status=MISSING if age is None else LATE if age > limit else FRESH,
        has_refused=bool(open_refusals(contract, deliveries, now)),
    )


def open_refusals(contract: DatasetContract, deliveries: Iterable[Delivery], now: datetime) -> list[Delivery]:
    """Refused deliveries that no later accepted one has replaced, for as long as somebody may still act on them.

    Where a delivery is only a part (a period, a unit), the one that replaces it has the same parts in its file name.
    """
    own = sorted((item for item in deliveries if item.key == contract.key), key=lambda item: item.load)
    whole = contract.load.mode == "full"

    def part(item: Delivery) -> object:
        match = contract.matches(item.file)
        return None if whole else match.groupdict() if match else item.file

    return [
        refused
        for refused in own
        if refused.status == "refused"
        and now - refused.received_at < timedelta(days=REFUSAL_DAYS)
        and not any(i.status == "accepted" and i.load > refused.load and part(i) == part(refused) for i in own)
    ]


def _day(moment: datetime) -> Any:
    return moment.astimezone(STOCKHOLM).date()


def _by_dataset(deliveries: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    grouped: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda item: item.load):
        grouped[delivery.key].append(delivery)
    return grouped


def quality(states: Iterable[CheckState], contracts: Mapping[str, DatasetContract]) -> list[dict[str, Any]]:
    """Rows of table `quality`: the level of each dataset and dimension, rounded down so that 100 means no deviation."""
    grouped: dict[tuple[str, str, str], list[CheckState]] = defaultdict(list)
    for state in states:
        grouped[state.result.layer, state.result.dataset, state.result.dimension].append(state)
    return [
        {
            "layer": layer,
            "dataset": dataset,
            "label_sv": _label(dataset, contracts),
            "dimension": dimension,
            "level_percent": _level(group),
            "rules": len(group),
        }
        for (layer, dataset, dimension), group in grouped.items()
    ]


def _level(states: list[CheckState]) -> int:
    checked = sum(state.result.checked for state in states)
    failed = sum(state.result.failed for state in states)
    if checked == 0:
        return 100 if all(state.result.passed for state in states) else 0
    return max(0, math.floor(100 * (checked - failed) / checked))


def family_quality(states: Iterable[CheckState]) -> dict[str, int]:
    """The quality level of each family of indicators: the lowest of its datasets, over all dimensions."""
    rows = quality(states, {})
    levels = {
        family: [row["level_percent"] for row in rows if row["dataset"] in datasets]
        for family, datasets in FAMILY_DATASETS.items()
    }
    return {family: min(found) for family, found in levels.items() if found}


def quality_rules(states: Iterable[CheckState], contracts: Mapping[str, DatasetContract]) -> list[dict[str, Any]]:
    """Rows of table `quality_rule`."""
    return [
        {
            **{name: getattr(state.result, name) for name in _RULE_FIELDS},
            "label_sv": _label(state.result.dataset, contracts),
            "since": state.since,
        }
        for state in states
    ]


_RULE_FIELDS = (
    "layer dataset rule_id title_sv dimension severity passed checked failed owner remedy_sv".split()  # noqa: SIM905
)


def _label(dataset: str, contracts: Mapping[str, DatasetContract]) -> str:
    contract = contracts.get(dataset)
    return contract.label_sv if contract else TABLE_LABELS.get(dataset, dataset)


def deliveries_to_tell(
    contracts: Mapping[str, DatasetContract], deliveries: Sequence[Delivery], now: datetime
) -> list[dict[str, Any]]:
    """Rows of table `delivery`: the latest accepted one of each dataset, refusals still open, those with lost rows."""
    rows: list[dict[str, Any]] = []
    for contract in contracts.values():
        own = [item for item in deliveries if item.key == contract.key]
        latest = max((item.load for item in own if item.status == "accepted"), default=None)
        still_open = open_refusals(contract, own, now)
        rows += [
            {
                **{name: getattr(item, name) for name in _DELIVERY_FIELDS},
                "dataset": item.key,
                "label_sv": contract.label_sv,
            }
            for item in own
            if item.load == latest or item in still_open or (item.rows_quarantined or 0) > 0
        ]
    return rows


_DELIVERY_FIELDS = (
    "load file received_at status reason_sv remedy_sv rows_read rows_quarantined".split()  # noqa: SIM905
)


def descriptions(audience: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of `table_description` and `column_description` for an audience's own tables."""
    shown = tables.tables_for(audience)
    return {
        tables.TABLE_DESCRIPTION.name: [
            {"table_name": t.name, "label_sv": t.label_sv, "description_sv": t.description_sv} for t in shown
        ],
        tables.COLUMN_DESCRIPTION.name: [
            {
                "table_name": t.name,
                "column_name": c.name,
                "position": position,
                "data_type": c.type,
                "label_sv": c.label_sv,
                "description_sv": c.description_sv,
            }
            for t in shown
            for position, c in enumerate(t.columns, start=1)
        ],
    }
