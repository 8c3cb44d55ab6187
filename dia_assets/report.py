"""What a night amounts to, from ledger and freshness: for the exit status, for `dia status` and for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dia_assets.contracts import load_contracts
from dia_assets.landing.zone import SAME_BYTES
from dia_assets.ledger import CheckResult, Delivery, Ledger
from dia_assets.pages.swedish import moment
from dia_assets.serving.freshness import LATE, MISSING, Freshness, PartFreshness, freshness, open_refusals
from dia_assets.serving.tables import AUDIENCES, UNIT
from dia_assets.settings import Settings
from dia_assets.sources.connected import connected


@dataclass(frozen=True)
class NightReport:
    """One run, read from the ledger."""

    deliveries: list[Delivery] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    fresh: list[Freshness] = field(default_factory=list)
    missed_steps: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unknown_files: list[str] = field(default_factory=list)
    refused_before: list[Delivery] = field(default_factory=list)  # by an earlier run, also a killed one; still open
    named: Collection[str] = ()  # the systems that the settings name a source for

    @property
    def broken(self) -> bool:
        """Whether the run broke, or an expected step did not happen."""
        return bool(self.missed_steps)

    @property
    def late(self) -> list[Freshness]:
        """Datasets that are older than they should be. One that was never delivered is not connected, so not late."""
        return [item for item in self.fresh if item.status == LATE]

    @property
    def refused(self) -> list[Freshness]:
        """Datasets whose latest delivery was refused, so that an older one is served."""
        return [item for item in self.fresh if item.latest_refused]

    @property
    def stale_parts(self) -> list[PartFreshness]:
        """Parts (a school unit's file) that are older than they should be, while the rest of the dataset is fresh."""
        return [part for item in self.fresh for part in item.stale_parts]

    @property
    def silent(self) -> list[Freshness]:
        """Datasets whose source did not answer, or answered with an error."""
        return [item for item in self.fresh if item.is_silent]

    @property
    def empty(self) -> list[str]:
        """Systems with a source in the settings that has never given a good delivery of anything (their labels)."""
        by_system: dict[str, list[Freshness]] = {}
        for item in self.fresh:
            by_system.setdefault(item.dataset.partition(".")[0], []).append(item)
        own = [items for system, items in by_system.items() if system in self.named]
        return [items[0].system_label_sv for items in own if all(item.status == MISSING for item in items)]

    @property
    def failed(self) -> list[CheckResult]:
        """Rules that were broken."""
        return [check for check in self.checks if not check.passed]

    @property
    def blocking(self) -> list[CheckResult]:
        """Broken rules that stop a delivery or a layer."""
        return [check for check in self.failed if check.severity == "block"]

    @property
    def stopping(self) -> list[CheckResult]:
        """Broken rules of master or marts that keep the last publication: what follows them did not happen."""
        return [check for check in self.blocking if check.layer != "raw"]


def night_report(
    settings: Settings,
    ledger: Ledger,
    run_id: str,
    moment: datetime,
    *,
    decided_before: Collection[int] = (),
    missed_steps: Iterable[str] = (),
    failures: Iterable[str] = (),
    unknown_files: Iterable[str] = (),
) -> NightReport:
    """Read what a run did. Its deliveries are those decided now and not before it."""
    contracts = connected(settings)
    everything = ledger.deliveries()
    return NightReport(
        deliveries=[item for item in everything if item.status != "landed" and item.load not in decided_before],
        checks=ledger.checks_of(run_id),
        fresh=freshness(contracts, everything, moment, ledger.contacts()),
        missed_steps=list(missed_steps),
        failures=list(failures),
        unknown_files=list(unknown_files),
        refused_before=[
            item
            for contract in contracts.values()
            for item in open_refusals(contract, everything, moment)
            if item.load in decided_before
        ],
        named=tuple(settings.sources),
    )


def summary_sv(settings: Settings, report: NightReport, status: int, seconds: float) -> str:
    """The summary at the end of a run."""
    ended = "avbröts" if report.broken else "är klar"
    if report.stopping:
        ended = "stoppades av en regel. Inget nytt har publicerats"
    lines = ["", f"Nattkörningen {ended}.", "", *_stopped(report)]
    lines += _loaded(report) + _not_loaded(report) + _checks(report) + _freshness(report)
    lines += [f"  ! {text}" for text in report.failures]
    if report.missed_steps:
        shown = ", ".join(report.missed_steps[:6]) + (" …" if len(report.missed_steps) > 6 else "")
        lines += [f"Gick inte som väntat: {shown}.", "Det som publicerats tidigare ligger kvar oförändrat.", ""]
    lines += [*_published(settings), "", f"Avslutningskod {status} · {_number(round(seconds))} sekunder"]
    return "\n".join(lines)


def status_sv(settings: Settings, report: NightReport) -> str:
    """What `dia status` prints: every dataset with its age, what is refused, what is published."""
    lines = ["Datamängd                                  Senast          Ålder   Läge"]
    for item in report.fresh:
        latest = item.latest_delivery_at.strftime("%Y-%m-%d") if item.latest_delivery_at else "–"
        age = f"{item.age_days} d" if item.age_days is not None else "–"
        refused = ", senaste leveransen nekad" if item.latest_refused else ""
        lines.append(f"{item.label_sv[:42]:<42} {latest:<15} {age:<7} {item.status}{refused}")
    lines += ["", *_parts(report), *_sources(report)]
    return "\n".join([*lines, *_stopped(report), *_checks(report), *_published(settings)])


def details_sv(ledger: Ledger, item: Freshness) -> str:
    """What `dia status` prints of one dataset: what its raw asset in Dagster shows."""
    deliveries = ledger.deliveries(item.dataset)
    accepted = [delivery for delivery in deliveries if delivery.status == "accepted"]
    latest = accepted[-1] if accepted else None
    refused = sum(delivery.status == "refused" for delivery in deliveries)
    lines = [("Källa", f"{item.system_label_sv}{f', {item.source_outcome}' if item.source_outcome else ''}")]
    if latest:
        rows = f"{_number(latest.rows_read or 0)} in, {_number(latest.rows_kept or 0)} kvar, "
        lines += [
            ("Leverans", f"{latest.file}, mottagen {moment(latest.received_at)}"),
            ("SHA-256", latest.sha256.partition(SAME_BYTES)[0]),
            ("Storlek", f"{_number(latest.bytes)} byte"),
            ("Rader", f"{rows}{_number(latest.rows_quarantined or 0)} i karantän"),
            ("Ej läsbara", ", ".join(f"{name}: {n}" for name, n in latest.notes.unparsable.items()) or "–"),
        ]
    lines += [
        ("Vattenmärke", ledger.watermark(item.dataset) or "–"),
        ("Leveranser", f"{len(accepted)} godkända, {refused} nekade"),
        ("Ålder", f"{'–' if item.age_days is None else f'{item.age_days} d'}, {item.status}"),
    ]
    if item.parts:
        lines.append(("Delar", f"{len(item.parts) - len(item.stale_parts)} av {len(item.parts)} är aktuella"))
    told = "\n".join(f"  {name:<12} {value}" for name, value in lines)
    return f"{item.dataset} – {item.label_sv}\n{told}"


def _stopped(report: NightReport) -> list[str]:
    """The rules that keep the last publication: where, how many rows, what to do and who does it."""
    layers = {"master": "grunddata", "marts": "resultat"}
    lines = []
    for check in report.stopping:
        rows = f"{_number(check.failed)} {'rad' if check.failed == 1 else 'rader'}"
        lines += [
            f"  {layers[check.layer]}, {check.dataset}: {check.title_sv}. Gäller inte {rows} (regeln {check.rule_id}).",
            f"      Gör så här: {check.remedy_sv} Ansvarig: {check.owner}.",
        ]
    return ["Stoppade publiceringen", *lines, ""] if lines else []


def _loaded(report: NightReport) -> list[str]:
    accepted = [item for item in report.deliveries if item.status == "accepted"]
    if not accepted:
        return ["Inläst: inget nytt.", ""]
    lines = ["Inläst"]
    for key, label in _labels().items():
        own = [item for item in accepted if item.key == key]
        if own:
            kept = sum(item.rows_kept or 0 for item in own)
            lines.append(f"  {label:<42} {len(own):>4} filer  {_number(kept):>12} rader")
    return [*lines, ""]


def _not_loaded(report: NightReport) -> list[str]:
    lines = []
    for key, label in _labels().items():
        rows = sum(item.rows_quarantined or 0 for item in report.deliveries if item.key == key)
        if rows:
            lines.append(f"  {label:<42} {_number(rows):>12} rader i karantän")
    refused = {(item.file, item.reason_sv): item for item in report.deliveries if item.status == "refused"}
    for item in refused.values():  # a file that feeds several datasets is told of once
        lines += [f"  {item.file}: nekad. {item.reason_sv}", f"      Gör så här: {item.remedy_sv}"]
    earlier = {(item.file, item.reason_sv): item for item in report.refused_before}
    for item in earlier.values():
        lines += [f"  {item.file}: nekad sedan tidigare. {item.reason_sv}", f"      Gör så här: {item.remedy_sv}"]
    odd = {(item.label_sv, text): None for item in _noted(report) for text in item.warnings_sv}
    lines += [f"  {label}: {text}" for label, text in odd]
    if report.unknown_files:
        lines.append(f"  Okända filer, inget kontrakt: {', '.join(report.unknown_files)}")
    return ["Inte inläst", *lines, ""] if lines else []


def _checks(report: NightReport) -> list[str]:
    lines = [f"Kontroller: {len(report.checks)} regler, {len(report.failed)} med avvikelser"]
    order = {"block": 0, "quarantine": 1, "warn": 2}
    for check in sorted(report.failed, key=lambda item: (order[item.severity], -item.failed))[:12]:
        word = {"block": "STOPPAR", "quarantine": "karantän", "warn": "varning"}[check.severity]
        lines.append(f"  {word:<9} {check.dataset}: {check.title_sv} ({_number(check.failed)})")
    if len(report.failed) > 12:
        lines.append(f"  … och {len(report.failed) - 12} till; se sidan Kvalitet")
    return [*lines, ""]


@dataclass(frozen=True)
class _Noted:
    label_sv: str
    warnings_sv: tuple[str, ...]


def _noted(report: NightReport) -> list[_Noted]:
    """What was odd about accepted deliveries, such as a column that no contract knows."""
    labels = _labels()
    return [_Noted(labels[item.key], item.notes.warnings_sv) for item in report.deliveries if item.key in labels]


def _parts(report: NightReport) -> list[str]:
    """The parts that are stale, each with its age, and how many parts of the dataset are fresh."""
    lines = []
    for item in report.fresh:
        for part in item.stale_parts:
            age = "ingen godkänd leverans ännu" if part.age_days is None else f"{part.age_days} dagar gammal"
            why = "senaste leveransen nekad" if part.has_refused else part.status
            lines.append(f"  {item.label_sv}, {part.part}: {age}, {why}")
        if item.stale_parts:
            fresh = len(item.parts) - len(item.stale_parts)
            lines.append(f"      {fresh} av {len(item.parts)} delar är aktuella")
    return ["Delar med äldre uppgifter", *lines, ""] if lines else []


def _sources(report: NightReport) -> list[str]:
    """Sources that did not answer, that have given nothing, and what they do not offer."""
    lines = [f"  {item.label_sv}: {item.source_message_sv or 'svarar inte'}" for item in report.silent]
    lines += [
        f"  {label}: har aldrig lämnat något, fast källan är angiven. Kontrollera sökväg, filnamn och behörighet."
        for label in report.empty
    ]
    missing = [item.label_sv for item in report.fresh if item.source_outcome == "not_offered"]
    if missing:
        lines.append(f"  Erbjuds inte av källan: {', '.join(missing)}")
    return ["Källor", *lines, ""] if lines else []


def _freshness(report: NightReport) -> list[str]:
    lines = [f"  {item.label_sv}: försenad, {item.age_days} dagar gammal" for item in report.late]
    missing = [item.label_sv for item in report.fresh if item.status == MISSING]
    if missing:
        lines.append(f"  Inte anslutna ännu: {', '.join(missing)}")
    return [*(["Aktualitet", *lines, ""] if lines else []), *_parts(report), *_sources(report)]


def _published(settings: Settings) -> list[str]:
    lines = ["Publicerat"]
    for audience in AUDIENCES:
        current = settings.lake.serving(audience) / "current"
        if current.exists():
            lines.append(f"  {audience:<13} {current.resolve().name:<20} öppna {_shown(current / 'index.html')}")
    units = [path for path in settings.lake.serving(UNIT).glob("*/current") if path.exists()]
    if units:
        lines.append(
            f"  {UNIT:<13} {len(units)} skolenheter        öppna {_shown(units[0].parent.parent)}/<kod>/current"
        )
    if len(lines) == 1:
        return ["Ingenting är publicerat ännu."]
    return [*lines, "  Körningen med härkomst och loggar: make ui"]


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _labels() -> dict[str, str]:
    return {key: contract.label_sv for key, contract in load_contracts().items()}


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u00a0")
