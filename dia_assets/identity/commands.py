"""`dia identity …`: what a steward decides about persons. Shows what would happen; `--apply` writes it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb

from dia_assets import clock, lock
from dia_assets.engine import connect
from dia_assets.errors import DiaError
from dia_assets.identity import decisions, keys, store, vault
from dia_assets.identity.matching import new_key
from dia_assets.settings import Lake, Settings

REASONS = {
    "not_a_number": "numret går inte att läsa, eller kontrollsiffran är fel",
    "no_scope": "tillfälligt nummer i en fil utan skolenhet och klass",
    "nobody_fits": "tillfälligt nummer, ingen i klassen passar",
    "several_fit": "tillfälligt nummer, flera i klassen passar",
    "in_doubt": "tillfälligt nummer, det går inte att vara säker",
}
ATTRIBUTES = {
    "given_name": "förnamn", "family_name": "efternamn", "birth_date": "födelsedatum", "sex": "kön",
    "school_unit": "skolenhet", "person_number": "personnummer",
}  # fmt: skip
KINDS = {
    "source_id": "id i källan", "personnummer": "personnummer", "samordningsnummer": "samordningsnummer",
    "temporary": "tillfälligt nummer (TF)", "reserve": "reservnummer", "dossier": "dossiernummer",
    "dummy": "påhittat nummer", "invalid": "oläsligt nummer",
}  # fmt: skip
NOT_WRITTEN = "Ingenting är skrivet. Lägg till --apply när det är rätt."


@click.group()
def identity() -> None:
    """Vem är vem: möjliga dubbletter och de beslut som fattas om dem. Visar bara nycklar, aldrig namn eller nummer."""


@contextmanager
def _opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    store.check(settings.lake)
    with connect(settings) as connection:
        vault.open_vault(connection, settings.lake)
        yield connection


@identity.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Show counts: identifiers by kind, possible duplicates, decisions, rows that stand for nobody and why."""
    lake = settings.lake
    with _opened(settings) as connection:
        persons = connection.execute("select count(distinct person_key) from vault.alias").fetchone()
        click.echo(f"Personer i valvet: {persons[0] if persons else 0}")
        for kind, count in connection.execute(
            "select kind, count(*) from vault.person_identifier group by 1 order by 1"
        ).fetchall():
            click.echo(f"  {KINDS.get(kind, kind):<28}{count:>9}")
        waiting = connection.execute(
            f"select dataset, reason, sum(rows) from {store.relation(lake, 'waiting')} group by all order by all"
        ).fetchall()
        pairs = connection.execute(f"select count(*) from {store.relation(lake, 'candidate')}").fetchone()
    click.echo(f"Möjliga dubbletter att ta ställning till: {pairs[0] if pairs else 0}  (dia identity candidates)")
    if waiting:
        click.echo("Rader som inte hör till någon känd person, i alla leveranser (rätta i källan och lämna om):")
        for dataset, reason, rows in waiting:
            click.echo(f"  {dataset:<34}{rows:>7}  {REASONS.get(reason, reason)}")
    rows = decisions.read(lake)
    held = {row.decision_id for row in decisions.effective(rows)}
    click.echo(f"Beslut: {len(rows)}, varav {len(held)} gäller" + (":" if rows else "."))
    for row in rows:
        state = "gäller" if row.decision_id in held else "–" if row.action == "undo" else "upphävt"
        what = row.undoes or f"{row.person_key} {row.other_key or row.new_key}"
        click.echo(f"  {row.decision_id}  {row.decided_at[:10]}  {row.action:<9}{what}  {row.decided_by}: {state}")


@identity.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many pairs to show")
@click.pass_obj
def candidates(settings: Settings, limit: int) -> None:
    """List pairs of persons that may be the same, the most probable first, with what agrees and what does not."""
    with _opened(settings) as connection:
        pairs = connection.execute(
            "select person_key, other_key, probability, agrees, differs from"
            f" {store.relation(settings.lake, 'candidate')} where person_key not in (select person_key from"
            " vault.protected) and other_key not in (select person_key from vault.protected)"
            " order by probability desc, person_key, other_key"
        ).fetchall()
        click.echo(f"{len(pairs)} par att ta ställning till. Ingen slås ihop utan ett beslut.")
        for person, other, probability, agrees, differs in pairs[:limit]:
            click.echo(f"\n{person}  {other}   sannolikhet {probability:.2f}".replace(".", ","))
            click.echo(f"  lika: {_words(agrees)}" + (f"   olika: {_words(differs)}" if differs else ""))
            for key in (person, other):
                click.echo(f"  {key} har {_identifiers(connection, key)}")
    if pairs:
        click.echo(
            "\nSlå upp personerna i källsystemet (dia identity records NYCKEL --ids)."
            "\nSamma person: dia identity decide merge BEHÅLL ANNAN --reason …"
            "\nOlika personer: dia identity decide not_same EN ANNAN --reason …"
        )


def _words(names: str) -> str:
    words = [ATTRIBUTES[name.rstrip("~")] + (" (nästan)" if name.endswith("~") else "") for name in names.split()]
    return ", ".join(words) or "–"


def _identifiers(connection: duckdb.DuckDBPyConnection, key: str) -> str:
    found = connection.execute(
        "select kind, namespace, min(valid_from), count(*) from vault.person_identifier where person_key = ?"
        " group by kind, namespace order by 3, 1",
        [key],
    ).fetchall()
    return ", ".join(f"{KINDS.get(kind, kind)} ({space}, från {first})" for kind, space, first, _ in found)


@identity.command()
@click.argument("person_key")
@click.option("--ids", is_flag=True, help="Show the ids in the sources too, to look the person up by")
@click.pass_obj
def records(settings: Settings, person_key: str, ids: bool) -> None:
    """List the records of one person, by the random keys that a split names; never a name or a number."""
    with _opened(settings) as connection:
        _must_be_open(connection, person_key)
        found = connection.execute(
            "select record_key, namespace, kind, recorded_at::date, case when kind = 'source_id' then value end"
            " from vault.alias where person_key = ? order by all",
            [person_key],
        ).fetchall()
    for record, space, kind, first, value in found:
        shown = f"   {value}" if ids and value else ""
        click.echo(f"{record}  {space:<16}{KINDS.get(kind, kind):<28}från {first}{shown}")


@identity.command()
@click.argument("action", type=click.Choice(["merge", "not_same", "split"]))
@click.argument("person_key")
@click.argument("other", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why, in words that name nobody")
@click.option("--by", default=None, help="Who decides (default: the account)")
@click.option("--apply", is_flag=True, help="Write the decision; without it only shows it")
@click.pass_obj
def decide(
    settings: Settings, action: str, person_key: str, other: tuple[str, ...], reason: str, by: str | None, apply: bool
) -> None:
    """Decide: merge KEEP OTHER, not_same ONE OTHER, or split PERSON RECORD… (records: see `dia identity records`)."""
    lake = settings.lake
    rows = decisions.read(lake)
    with _opened(settings) as connection:
        if action == "split":
            _must_have(connection, person_key, other)
        elif len(other) != 1 or other[0] == person_key:
            raise DiaError("Two different persons are needed.", "Ange två olika personer.")
        _must_be_open(connection, person_key, *(other if action != "split" else ()))
    decision = decisions.Decision(
        decision_id=f"b{len(rows) + 1:04d}-{new_key()[:4]}",
        decided_at=clock.now(settings).isoformat(timespec="seconds"),
        decided_by=by or getpass.getuser(),
        action=action,
        person_key=person_key,
        other_key="" if action == "split" else other[0],
        records=" ".join(other) if action == "split" else "",
        new_key=new_key() if action == "split" else "",
        reason=reason,
    )
    _must_fit(rows, decision)
    _write(settings, lake, decision, apply)


@identity.command()
@click.argument("decision_id")
@click.option("--reason", required=True, help="Why")
@click.option("--by", default=None, help="Who decides (default: the account)")
@click.option("--apply", is_flag=True, help="Write it; without it only shows it")
@click.pass_obj
def undo(settings: Settings, decision_id: str, reason: str, by: str | None, apply: bool) -> None:
    """Undo a decision: from the next night everything reads as if it had not been taken. The row stays in the file."""
    store.check(settings.lake)
    rows = decisions.read(settings.lake)
    if decision_id not in {row.decision_id for row in decisions.effective(rows)}:
        raise DiaError(f"No decision {decision_id} holds.", f"Det finns inget gällande beslut {decision_id}.")
    decision = decisions.Decision(
        decision_id=f"b{len(rows) + 1:04d}-{new_key()[:4]}",
        decided_at=clock.now(settings).isoformat(timespec="seconds"),
        decided_by=by or getpass.getuser(),
        action="undo",
        undoes=decision_id,
        reason=reason,
    )
    _write(settings, settings.lake, decision, apply)


def _write(settings: Settings, lake: Lake, decision: decisions.Decision, apply: bool) -> None:
    what = decision.undoes or f"{decision.person_key} {decision.other_key or decision.records}"
    click.echo(f"{decision.decision_id}  {decision.action}  {what}  av {decision.decided_by}: {decision.reason}")
    if not apply:
        click.echo(NOT_WRITTEN)
        return
    with lock.hold(lake.lock, settings.lock_wait_seconds):
        decisions.append(lake, decision)
    click.echo("Skrivet. Det gäller från nästa nattkörning och kan upphävas med dia identity undo.")


def _must_be_open(connection: duckdb.DuckDBPyConnection, *persons: str) -> None:
    """Refuse persons that are not in the vault and protected ones alike, in the same words."""
    for key in persons:
        known = connection.execute(
            "select 1 from vault.alias where person_key = ? and person_key not in (select person_key from"
            " vault.protected) limit 1",
            [key],
        ).fetchone()
        if not known:
            raise DiaError(
                "No such person can be decided about here.",
                "En av nycklarna hör inte till någon som det går att besluta om här. Kontrollera nycklarna; gäller det "
                "en person med skyddade personuppgifter handläggs det enligt egen rutin, inte här.",
            )


def _must_have(connection: duckdb.DuckDBPyConnection, person_key: str, record_keys: tuple[str, ...]) -> None:
    found = connection.execute("select record_key from vault.alias where person_key = ?", [person_key]).fetchall()
    own = {row[0] for row in found}
    if missing := set(record_keys) - own:
        raise DiaError("Records of another person.", f"Personen har inte posterna {', '.join(sorted(missing))}.")
    if set(record_keys) == own:
        raise DiaError("A split leaves something.", "Minst en post måste vara kvar hos personen.")


def _must_fit(rows: list[decisions.Decision], decision: decisions.Decision) -> None:
    """Refuse what contradicts a decision that holds."""
    pair = {decision.person_key, decision.other_key}
    for row in decisions.effective(rows):
        if {row.person_key, row.other_key} == pair and {row.action, decision.action} <= {"merge", "not_same"}:
            raise DiaError(
                f"Decision {row.decision_id} is about the same pair.",
                f"Beslut {row.decision_id} gäller redan samma par. Upphäv det först: dia identity undo.",
            )


@identity.command("new-key")
def new_secret() -> None:
    """Print a new key for the vault, to be put in DIA_VAULT_KEY; it is kept nowhere."""
    click.echo(keys.new_secret())


@identity.command("rotate-key")
@click.option("--apply", is_flag=True, help="Write the vault anew; without it only says what would be done")
@click.pass_obj
def rotate_key(settings: Settings, apply: bool) -> None:
    """Write the vault anew with the key in DIA_VAULT_KEY (the former one in DIA_VAULT_KEY_OLD), or without a key."""
    lake = settings.lake
    store.finish(lake)
    key, old, written = keys.from_environment(), keys.from_environment(keys.OLD_VARIABLE), store.written_with(lake)
    if written == (key.name if key else ""):
        click.echo("Valvet är redan skrivet med den nyckel som gäller." if key else "Valvet är inte krypterat.")
        return
    if written and (old is None or old.name != written):
        raise DiaError(
            f"{keys.OLD_VARIABLE} is not the key that the vault is written with.",
            f"{keys.OLD_VARIABLE} är inte den nyckel som valvet är skrivet med. Ingenting har ändrats.",
        )
    click.echo("Valvet skrivs om " + ("med den nya nyckeln." if key else "utan nyckel."))
    if not apply:
        click.echo(NOT_WRITTEN)
        return
    with lock.hold(lake.lock, settings.lock_wait_seconds), connect(settings) as connection:
        count = store.rotate(connection, lake)
    click.echo(f"Klart: {count} tabeller. Den gamla nyckeln behövs inte längre för valvet, bara för säkerhetskopior.")
