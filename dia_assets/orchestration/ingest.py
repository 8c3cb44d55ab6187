"""Steps from a source to raw: files land unchanged, are read by their contract, pass the gate, become one commit.

A landing step is per system (one file can feed several datasets), a raw step per dataset. A raw asset means *the
current good version*: its step always materialises, with the age of what it holds and what was refused, and tells of
its gate as checks that do not stop what follows.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from dia_assets import delta
from dia_assets.contracts import DatasetContract
from dia_assets.errors import DeliveryRefused
from dia_assets.gates.checks import check_specs, to_asset_check_results
from dia_assets.gates.raw_gate import gate_candidates
from dia_assets.gates.run import summed
from dia_assets.landing import raw
from dia_assets.landing.zone import empty_drop_folder, land
from dia_assets.ledger import Contact, Delivery, Ledger
from dia_assets.orchestration.lakehouse import Lakehouse, guarded
from dia_assets.orchestration.lineage import dataset_key, dataset_spec
from dia_assets.serving.freshness import LATE, Freshness, freshness
from dia_assets.settings import Settings
from dia_assets.sources.brought import Request
from dia_assets.sources.fetch import fetch
from dia_assets.sources.folder import find_files

Steps = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def landing_assets(contracts: Sequence[DatasetContract], settings: Settings) -> list[dg.AssetsDefinition]:
    """One step per system that copies what its folders hold, or its source gives, into the landing zone."""
    systems = sorted({contract.system for contract in contracts})
    asked = {system for system, source in settings.sources.items() if source.kind != "folder"}
    return [_landing_asset(name, [c for c in contracts if c.system == name], name in asked) for name in systems]


def _landing_asset(system: str, contracts: list[DatasetContract], is_asked: bool) -> dg.AssetsDefinition:
    text = "Filerna så som de togs emot: oföränderliga, med kontrollsumma; samma byte två gånger gör ingenting."
    specs = [dataset_spec("landing", contract, kinds={"file"}, deps=[], text=text) for contract in contracts]
    checks = [_answers_spec(contract) for contract in contracts if is_asked]

    @dg.multi_asset(name=f"landing_{system}", specs=specs, check_specs=checks)
    @guarded
    def landing(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        ledger = lakehouse.ledger
        for folder, is_drop in source_folders(lakehouse.settings, system):
            for contract in contracts:
                files = find_files(folder, contract)
                land(lakehouse.settings, lakehouse.lake, ledger, contract, files, lakehouse.moment)
            if is_drop:
                empty_drop_folder(ledger, folder, contracts)
        for line in ask_source(lakehouse, system, contracts):
            context.log.info(line)
        contacts = ledger.contacts()
        for contract in contracts:
            contact = contacts.get(contract.key)
            deliveries = ledger.deliveries(contract.key)
            latest = deliveries[-1] if deliveries else None
            waiting = sum(item.status == "landed" for item in deliveries)
            yield dg.MaterializeResult(
                asset_key=dataset_key("landing", contract),
                metadata={
                    "source": contract.system_label_sv,
                    "new_deliveries": waiting,
                    "deliveries": len(deliveries),
                    "latest_file": latest.file if latest else "–",
                    "latest_sha256": latest.sha256 if latest else "–",
                    "latest_bytes": latest.bytes if latest else 0,
                    "watermark": ledger.watermark(contract.key) or "–",
                    "contact": contact.outcome if contact else "–",
                },
                data_version=dg.DataVersion(str(latest.load if latest else 0)),
            )
            if is_asked:
                yield _answers(contract, contact)

    return landing


def _answers_spec(contract: DatasetContract) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        "source_answers",
        asset=dataset_key("landing", contract),
        description="Källan svarade när den senast tillfrågades. En källa som lämnar filer i en mapp frågas inte.",
    )


def _answers(contract: DatasetContract, contact: Contact | None) -> dg.AssetCheckResult:
    passed = contact is None or contact.outcome not in ("unreachable", "failed")
    return dg.AssetCheckResult(
        asset_key=dataset_key("landing", contract),
        check_name="source_answers",
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=contact.message_sv if contact else "",
        metadata={"outcome": contact.outcome if contact else "–", "asked_at": str(contact.at) if contact else "–"},
    )


def ask_source(lakehouse: Lakehouse, system: str, contracts: Sequence[DatasetContract]) -> Iterator[str]:
    """Ask the system's source, where it is one that is asked, and land what it gives; tells what came of it."""
    settings, lake, ledger = lakehouse.settings, lakehouse.lake, lakehouse.ledger
    source = settings.sources.get(system)
    if source is None or source.kind == "folder":
        return
    folder = lake.fetched / system
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run had fetched and not landed is fetched again
    request = Request(settings, ledger, source, system, contracts, folder, lakehouse.moment)
    for brought in fetch(request):
        for contract in brought.datasets:
            if brought.path is not None:
                land(
                    *(settings, lake, ledger, contract, [brought.path], lakehouse.moment),
                    mode=brought.mode,
                    expected_rows=brought.expected_rows,
                    watermark=brought.watermark,
                )
            outcome = brought.outcome if brought.path or brought.outcome != "new" else "nothing_new"
            ledger.record_contact(system, contract.name, lakehouse.moment, outcome, brought.message_sv)
            yield f"{contract.key}: {outcome}{' – ' + brought.message_sv if brought.message_sv else ''}"
        if brought.path is not None:
            brought.path.unlink(missing_ok=True)


def source_folders(settings: Settings, system: str) -> list[tuple[Path, bool]]:
    """Where a system's files are looked for, and whether it is the drop folder (whose files are moved)."""
    lake = settings.lake
    folders = [(lake.drop / system, True)]
    source = settings.sources.get(system)
    if source is not None and source.kind == "folder":
        folders.append((source.path, False))
    elif not settings.sources:
        folders.append((lake.synthetic / "extracts" / system, False))
    return [(folder, is_drop) for folder, is_drop in folders if folder.is_dir()]


def raw_assets(contracts: Sequence[DatasetContract]) -> list[dg.AssetsDefinition]:
    """One step per dataset from the landing zone to raw."""
    return [_raw_asset(contract) for contract in contracts]


def _raw_asset(contract: DatasetContract) -> dg.AssetsDefinition:
    text = "Aktuell godkänd version: varje kolumn som text, med fil, rad och leverans. Tidigare leveranser ligger kvar."
    spec = dataset_spec(
        "raw", contract, kinds={"deltalake", "duckdb"}, deps=[dataset_key("landing", contract)], text=text
    )

    specs_of_checks = [_freshness_spec(contract), *check_specs("raw", [contract])]

    @dg.multi_asset(name=f"raw_{contract.slug}", specs=[spec], check_specs=specs_of_checks)
    @guarded
    def dataset(context: dg.AssetExecutionContext, lakehouse: Lakehouse) -> Steps:
        ledger = lakehouse.ledger
        ledger.start_run(context.run.run_id, lakehouse.moment)
        before = {item.load for item in ledger.deliveries(contract.key) if item.status != "landed"}
        take_in(lakehouse, contract)
        known = {rule.name for rule in check_specs("raw", [contract])}
        checks = summed(result for result in ledger.load_checks(contract.key) if result.rule_id in known)
        ledger.record_checks(context.run.run_id, checks)
        decided = [item for item in ledger.deliveries(contract.key) if item.load not in before]
        for delivery in decided:
            context.log.info(_told(delivery))
        fresh = _fresh(lakehouse, contract)
        yield _materialised(lakehouse, contract, decided, fresh)
        yield _freshness_check(contract, fresh)
        yield from with_untried(to_asset_check_results(checks), check_specs("raw", [contract]))

    return dataset


def take_in(lakehouse: Lakehouse, contract: DatasetContract) -> None:
    """Read, gate and commit every landed delivery of a dataset; one bad delivery does not keep out the others.

    What the gate found is recorded before anything is committed: a run that is killed in between is completed by the
    next one, which does not look at those rows again.
    """
    lake, ledger, settings = lakehouse.lake, lakehouse.ledger, lakehouse.settings
    raw.clean_up(lake, ledger, contract, lakehouse.moment)
    candidates: list[tuple[Delivery, raw.Candidate]] = []
    landed = ledger.deliveries(contract.key, "landed")
    for delivery, read in raw.read_candidates(settings, lake, ledger, contract, landed):
        if isinstance(read, DeliveryRefused):
            raw.refuse(lake, ledger, contract, delivery, read, lakehouse.moment)
        else:
            candidates.append((delivery, read))
    gated = gate_candidates(settings, contract, {delivery.load: candidate.paths for delivery, candidate in candidates})
    for load, result in gated.items():
        ledger.record_load_checks(load, result.checks)
    writer = cache(delta.Writer)
    for delivery, candidate in candidates:
        result = gated[delivery.load]
        for bad in result.quarantine:
            candidate = raw.drop_rows(settings, lake, contract, candidate, bad.predicate_sql, bad.rule, bad.reason_sv)
        if result.accepted:
            raw.accept(lake, ledger, contract, delivery, candidate, lakehouse.moment, writer)
        else:
            refusal = DeliveryRefused(result.rule or "", result.reason_sv or "", result.remedy_sv or "")
            raw.refuse(lake, ledger, contract, delivery, refusal, lakehouse.moment)


def with_untried(
    results: list[dg.AssetCheckResult], specs: Sequence[dg.AssetCheckSpec]
) -> Iterator[dg.AssetCheckResult]:
    """The results, and for every rule that has had nothing to look at yet a result that says so."""
    yield from results
    tried = {(result.asset_key, result.check_name) for result in results}
    for spec in specs:
        if (spec.asset_key, spec.name) not in tried:
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=True,
                description="Inget att kontrollera ännu",
                metadata={"checked": 0, "failed": 0},
            )


def _told(delivery: Delivery) -> str:
    if delivery.status == "refused":
        return f"{delivery.file}: refused by rule {delivery.rule}"
    return f"{delivery.file}: {delivery.rows_kept} rows kept, {delivery.rows_quarantined} quarantined"


def _fresh(lakehouse: Lakehouse, contract: DatasetContract) -> Freshness:
    ledger = lakehouse.ledger
    contracts, deliveries = {contract.key: contract}, ledger.deliveries(contract.key)
    return freshness(contracts, deliveries, lakehouse.moment, ledger.contacts())[0]


def _freshness_spec(contract: DatasetContract) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        "is_fresh",
        asset=dataset_key("raw", contract),
        description="Datasetet och alla dess delar (skolenheter) är så aktuella som kontraktet lovar.",
    )


def _freshness_check(contract: DatasetContract, fresh: Freshness) -> dg.AssetCheckResult:
    """Whether the dataset and each part of it is as fresh as its contract says; the stale parts by their age."""
    stale = {part.part: part.age_days for part in fresh.stale_parts}
    said = "; ".join(
        f"{part}: {'ingen godkänd' if age is None else f'{age} dagar gammal'}" for part, age in stale.items()
    )
    return dg.AssetCheckResult(
        asset_key=dataset_key("raw", contract),
        check_name="is_fresh",
        passed=fresh.status != LATE and not fresh.has_refused and not stale,
        severity=dg.AssetCheckSeverity.ERROR,
        description=said or fresh.status,
        metadata={
            "age_days": fresh.age_days if fresh.age_days is not None else -1,
            "parts": len(fresh.parts),
            "parts_fresh": len(fresh.parts) - len(stale),
            "parts_stale": dg.MetadataValue.json(stale),
        },
    )


def _unparsable(decided: list[Delivery]) -> dict[str, int]:
    """Per column, how many values of tonight's deliveries could not be read by contract."""
    counts: Counter[str] = Counter()
    for item in decided:
        counts.update(item.notes.unparsable)
    return dict(counts)


def _notes(decided: list[Delivery]) -> str:
    """Warnings and proposed contracts of tonight's deliveries, as Markdown."""
    warnings = dict.fromkeys(text for item in decided for text in item.notes.warnings_sv)
    proposals = dict.fromkeys(text for item in decided for text in item.notes.proposals)
    lines = [f"- {text}" for text in warnings] + [f"```yaml\n{text}\n```" for text in proposals]
    return "\n".join(lines) or "–"


def _materialised(
    lakehouse: Lakehouse, contract: DatasetContract, decided: list[Delivery], fresh: Freshness
) -> dg.MaterializeResult[Any]:
    ledger: Ledger = lakehouse.ledger
    accepted = ledger.deliveries(contract.key, "accepted")
    latest = accepted[-1] if accepted else None
    version = delta.version(lakehouse.lake.table(lakehouse.lake.raw(contract)))
    return dg.MaterializeResult(
        asset_key=dataset_key("raw", contract),
        metadata={
            "source": contract.system_label_sv,
            "latest_delivery": latest.file if latest else "–",
            "latest_sha256": latest.sha256 if latest else "–",
            "latest_bytes": latest.bytes if latest else 0,
            "watermark": ledger.watermark(contract.key) or "–",
            "rows_in": sum(item.rows_read or 0 for item in decided),
            "rows_kept": sum(item.rows_kept or 0 for item in decided),
            "rows_quarantined": sum(item.rows_quarantined or 0 for item in decided),
            "deliveries_accepted": sum(item.status == "accepted" for item in decided),
            "deliveries_refused": sum(item.status == "refused" for item in decided),
            "age_days": fresh.age_days if fresh.age_days is not None else -1,
            "status": fresh.status,
            "values_not_readable": dg.MetadataValue.json(_unparsable(decided)),
            "notes": dg.MetadataValue.md(_notes(decided)),
            "delta_version": version,
        },
        data_version=dg.DataVersion(str(version)),
    )
