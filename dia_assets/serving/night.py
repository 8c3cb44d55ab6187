"""What a publication tells about tonight: how good each dataset is, what was refused, what the tables mean.

Rows for the tables that have no query in `tables`, made from contracts and ledger. Counts and dates, never a value.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dia_assets.contracts import DatasetContract
from dia_assets.ledger import CheckState, Contact, Delivery
from dia_assets.serving import tables
from dia_assets.serving.freshness import open_refusals

FAMILY_DATASETS = {
    "leaving_results": ("scb.final_grade_year9",),
    "year6_results": ("scb.grade_year6",),
    "attendance": ("narvaro.lesson_attendance",),
    "attendance_term": ("narvaro.lesson_attendance",),
    "test_vs_grade": ("scb.final_grade_year9", "scb.national_test_year9"),
    "test_vs_grade_y6": ("scb.grade_year6", "scb.national_test_year6"),
    "test_y3": ("scb.national_test_year3",),
    "survey_y5": ("enkat.pupil_answer",),
    "survey_y8": ("enkat.pupil_answer",),
    "survey_gy2": ("enkat.pupil_answer",),
    "survey_guardian": ("enkat.guardian_answer",),
    "staff": ("personal.staff_service",),
    "staff_gy": ("personal.staff_service",),
    "followup": ("bedomning.written_assessment",),
    "support": ("elevstod.support_decision",),
    "socioeconomic": ("bakgrund.socioeconomic_index",),
    "gy_results": ("gymnasiebetyg.course_grade", "gymnasiebetyg.final_certificate"),
    "gy_throughput": ("gymnasiebetyg.final_certificate", "ss12000.enrolment"),
    "gy_throughput_4": ("gymnasiebetyg.final_certificate", "ss12000.enrolment"),
    "lika": ("sjalvskattning.lika_answer",),
    "selfie_leaders": ("sjalvskattning.selfie_average",),
    "selfie_teachers": ("sjalvskattning.selfie_average",),
    "selfie_pupils": ("sjalvskattning.selfie_average",),
}
TABLE_LABELS = {
    "mst_counted_enrolment": "Elever den 15 oktober, som de räknades",
    "mst_duty": "Tjänster",
    "mst_conflicting_attribute": "Uppgifter som källor säger olika om",
    "mst_enrolment": "Inskrivningar",
    "mst_enrolment_conflict": "Elever som två skolor har",
    "mst_enrolment_span": "Inskrivningar som de räknas",
    "mst_late_correction": "Ändringar efter räkningen den 15 oktober",
    "mst_group": "Grupper",
    "mst_group_membership": "Gruppmedlemskap",
    "mst_organisation": "Organisation",
    "mst_orphan_reference": "Hänvisningar utan mål",
    "mst_person": "Personer",
    "mst_person_attribute": "Uppgifter om personer, per källa",
    "mst_person_role": "Roller över tid",
    "mst_person_version": "Personer över tid",
    "mst_qualification": "Behörigheter",
    "mst_responsible": "Vårdnadshavare",
    "mst_school_unit": "Skolenheter",
    "mst_school_unit_attribute": "Uppgifter om skolenheter, per källa",
    "mst_school_unit_lineage": "Skolenheter som har avlösts",
    "mst_school_unit_version": "Skolenheter över tid",
    "mst_unmapped_code": "Okända koder",
    "mst_unmatched_identity": "Rader utan känd person",
    "mst_work_item": "Arbetslistor",
    "dim_pupil": "Elever (pseudonymiserade)",
    "dim_school_unit": "Skolenheter",
    "fct_enrolment_snapshot": "Elever den 15 oktober",
    "fct_enrolment_span": "Inskrivningar per elev",
    "fct_absence_pattern": "Lång och upprepad frånvaro per elev och termin",
    "fct_assessment": "Skriftliga omdömen",
    "fct_attendance_month": "Närvaro per elev och månad",
    "fct_diploma": "Examens- och studiebevis per elev",
    "fct_external_statistics": "Skolverkets statistik",
    "fct_grade": "Betyg per elev och ämne",
    "fct_grade_version": "Betyg per elev, ämne, tillfälle och version",
    "fct_gy_cohort": "Starter i gymnasieskolan",
    "fct_indicator_value": "Indikatorvärden före skydd",
    "fct_leaving": "Slutbetyg per elev",
    "fct_mobility": "Skolbyten per elev",
    "fct_national_bound": "Gränser för rikets värden",
    "fct_national_test": "Nationella prov per elev",
    "fct_official_value": "Officiella värden",
    "fct_self_assessment": "Självskattningar",
    "fct_staff_service": "Tjänster den 15 oktober",
    "fct_support_span": "Särskilt stöd per elev",
    "fct_socioeconomic_index": "Socioekonomiskt index per skolenhet",
    "fct_survey_answer": "Enkätsvar",
    "fct_test_vs_grade": "Provbetyg och betyg",
    "fct_unit_background": "Elevernas bakgrund per skolenhet",
    "fct_upper_secondary_grade": "Kurs- och ämnesbetyg i gymnasieskolan",
    "pub_indicator_value": "Indikatorvärden efter skydd",
}


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


def source_contacts(
    contracts: Mapping[str, DatasetContract], contacts: Mapping[str, Contact], asked: Collection[str]
) -> list[dict[str, Any]]:
    """Rows of table `source_contact`: datasets of the systems that are asked."""
    return [
        {
            "dataset": key,
            "label_sv": contract.label_sv,
            "asked_at": contacts[key].at,
            "outcome": contacts[key].outcome,
            "message_sv": contacts[key].message_sv,
            "confirmed_at": contacts[key].confirmed_at,
        }
        for key, contract in contracts.items()
        if key in contacts and contract.system in asked
    ]


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
