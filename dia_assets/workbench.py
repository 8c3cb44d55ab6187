"""The working copy: a run changes a copy of the last accepted database, which takes its place when every gate passed.

Also decides whether there is anything to do: the fingerprint of all inputs (raw and vault versions, the project's
rules, the calendar month, since periods close with it) against that of the last accepted run.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from dia_assets import clock, delta, parsed_project
from dia_assets.contracts import DatasetContract
from dia_assets.engine import connect
from dia_assets.identity import decisions, store
from dia_assets.ledger import Ledger
from dia_assets.settings import PROJECT, Settings

ACCEPTED = "accepted_inputs"
ACCEPTED_RULES = "accepted_rules"
NOT_ACCEPTED_SCHEMAS = ("raw", "staging", "vault")


@dataclass(frozen=True)
class Inputs:
    """What a run builds on: `rules` (the project's own text) and `all` (rules and data)."""

    rules: str
    all: str


def inputs(settings: Settings, contracts: Iterable[DatasetContract]) -> Inputs:
    """The fingerprints of tonight's inputs."""
    digest = hashlib.sha256(parsed_project.fingerprint().encode())
    for suite in sorted((PROJECT / "expectations").rglob("*.yml")):
        digest.update(suite.read_bytes())
    lake = settings.lake
    digest.update(decisions.fingerprint(lake).encode())  # a merge changes what was built long ago, so it is a rule
    rules = digest.hexdigest()
    digest.update(clock.today(settings).strftime("%Y-%m").encode())
    digest.update(store.stamp(lake).encode())
    for table in [lake.table(lake.raw(contract)) for contract in contracts]:
        digest.update(f"{table.name}:{delta.version(table)}".encode())
    return Inputs(rules, digest.hexdigest())


def is_unchanged(settings: Settings, ledger: Ledger, contracts: Iterable[DatasetContract]) -> bool:
    """Whether the last accepted database was made from exactly tonight's inputs."""
    return settings.lake.accepted_db.is_file() and ledger.fact(ACCEPTED) == inputs(settings, contracts).all


def begin(settings: Settings, ledger: Ledger, contracts: Iterable[DatasetContract]) -> bool:
    """Make the working copy; returns whether it is empty (first run, or the project's rules have changed).

    What a killed run left is deleted first.
    """
    discard(settings)
    lake = settings.lake
    fresh = not lake.accepted_db.is_file() or ledger.fact(ACCEPTED_RULES) != inputs(settings, contracts).rules
    if not fresh:
        shutil.copyfile(lake.accepted_db, lake.working_db)
    return fresh


def exists(settings: Settings) -> bool:
    """Whether there is a working copy."""
    return settings.lake.working_db.is_file()


def discard(settings: Settings) -> None:
    """Delete the working copy and what belongs to it."""
    lake = settings.lake
    for path in (lake.working_db, lake.working_db.with_name(lake.working_db.name + ".wal")):
        path.unlink(missing_ok=True)
    shutil.rmtree(lake.spill, ignore_errors=True)
    lake.spill.mkdir(parents=True, exist_ok=True)


def forget(settings: Settings) -> None:
    """Delete the working copy and the accepted database: rows of a person who must not be there may be among them.

    Both are built anew from history; what is published stays as it is meanwhile.
    """
    discard(settings)
    settings.lake.accepted_db.unlink(missing_ok=True)


def accept(settings: Settings, ledger: Ledger, contracts: Iterable[DatasetContract]) -> None:
    """Every gate has passed: the working copy takes the accepted database's place, without what is restricted."""
    lake = settings.lake
    tonight = inputs(settings, contracts)
    with connect(settings, lake.working_db) as connection:
        for schema in NOT_ACCEPTED_SCHEMAS:
            connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute("checkpoint")
    lake.working_db.replace(lake.accepted_db)
    ledger.remember(**{ACCEPTED: tonight.all, ACCEPTED_RULES: tonight.rules})
    discard(settings)
