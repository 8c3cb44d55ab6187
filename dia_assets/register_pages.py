"""The pages of docs/indicators, one per definition, written from the register of indicators."""

from __future__ import annotations

from pathlib import Path

from dia_assets.pages import words
from dia_assets.register import DBT, Definition, Measure, macro_text, made_of
from dia_assets.settings import PROJECT

FOLDER = PROJECT / "docs" / "indicators"
BREAKDOWNS = {
    "sex": "flickor och pojkar",
    "class": "klass (visas bara för den egna rektorn)",
    "principal": "kommunal och enskild huvudman (för hela kommunen)",
    "home": "folkbokförda i kommunen och i andra kommuner (för hela kommunen)",
}
DIRECTIONS = {"higher": "högre är oftast bättre", "lower": "lägre är oftast bättre", "none": "ingen riktning är bättre"}


def write(definitions: list[Definition], folder: Path = FOLDER) -> list[Path]:
    """Write the list and one page per definition in force; pages that no definition has are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    current = [definition for definition in definitions if definition.valid_to is None]
    made = {folder / "README.md": listing(current)}
    made |= {folder / f"{item.id}.md": page(item, [d for d in definitions if d.id == item.id]) for item in current}
    for old in set(folder.glob("*.md")) - set(made):
        old.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return sorted(made)


def listing(definitions: list[Definition]) -> str:
    """The page that names every definition."""
    lines = [
        "# Indikatorer\n",
        "En sida per definition, skriven ur [registret](../../dbt_project/register) med `dia indicators write`.\n",
        "| indikator | fråga | mått |\n|---|---|---:|",
    ]
    lines += [
        f"| [{item.id}]({item.id}.md) {item.name_sv} | {item.measures[0].question_sv or item.question_sv} "
        f"| {len(item.measures)} |"
        for item in definitions
    ]
    lines.append(
        "\nSkillnader mellan grupper (IND-11) är inget eget mått: tabellen `sex_gap` har dem, och "
        "[sidan för analytiker](../readers/analyst.md) säger vilka grupper som går att räkna."
    )
    return "\n".join(lines) + "\n"


def page(definition: Definition, versions: list[Definition]) -> str:
    """One definition's page: meaning, example, measures, SQL, comparisons, versions."""
    parts = [
        f"# {definition.id} {definition.name_sv}\n",
        f"**Vilka ingår.** {definition.population_sv}\n",
        f"**Så läser du den.** {definition.read_sv}\n",
        f"**Använd den inte till.** {definition.not_for_sv}\n",
        f"**Exempel.** {definition.example_sv}\n",
        "## Mått\n",
        "| kod | namn | så räknas den | enhet | riktning |\n|---|---|---|---|---|",
        *(_measure(measure) for measure in definition.measures),
        "",
        f"Antalet bredvid värdet räknar {words.COUNTS[definition.counts]}. "
        + (f"Uppdelning: {', '.join(BREAKDOWNS[name] for name in definition.breakdowns) or 'ingen'}.")
        + "\n",
        f"Visas för {', '.join(words.AUDIENCES[audience] for audience in definition.audiences)}.\n",
        "## Var den räknas\n",
        *_made(definition),
        "## Jämförelser\n",
        *_compared(definition),
        "",
        "## Ansvar och versioner\n",
        f"Definierad av {definition.authority}. Källa: {definition.source}. Ansvarig: {definition.owner}.\n",
        *_history(sorted(versions, key=lambda item: item.version)),
    ]
    return "\n".join(parts) + "\n"


def _compared(definition: Definition) -> list[str]:
    """The official series, and why they may differ from ours."""
    if not definition.official:
        return ["Ingen officiell serie mäter samma sak."]
    lines = ["| vårt mått | officiell serie | varför de kan skilja sig åt |", "|---|---|---|"]
    lines += [
        f"| `{o.indicator}` | {o.publisher} {o.series}: {o.what_sv} | {o.reason_sv(definition.breakdowns)} |"
        for o in definition.official
    ]
    if {o.level for o in definition.official} == {"unit"}:
        return [
            *lines,
            "",
            "Serien gäller skolenheter. Skillnaden publiceras inte: den kan röja en elev med skyddade uppgifter.",
        ]
    return [*lines, "", "Tabellen `official_comparison` visar våra värden för hela kommunen bredvid de officiella."]


def _history(versions: list[Definition]) -> list[str]:
    """Every version with what is new in it, and the earlier ones' formulas, folded."""
    lines = [_version(version) for version in versions]
    for earlier in versions[:-1]:
        formulas = [_measure(measure) for measure in earlier.measures]
        head = "| kod | namn | så räknades den | enhet | riktning |\n|---|---|---|---|---|"
        lines += ["", *_folded(f"Så räknades version {earlier.version}", [head, *formulas])]
    return lines


def _version(version: Definition) -> str:
    until = f" till {version.valid_to}" if version.valid_to else ""
    again = f"; perioder från {version.recomputes_from} är räknade om" if version.recomputes_from else ""
    change = f". {version.change_sv}" if version.change_sv else ""
    return f"- version {version.version}, gäller från {version.valid_from}{until}{again}{change}"


def _folded(title: str, lines: list[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _measure(measure: Measure) -> str:
    kept = "" if measure.is_published else " (räknas men publiceras inte)"
    return (
        f"| `{measure.id}` | {measure.name_sv}{kept} | {measure.formula_sv} | {words.UNITS[measure.unit]} "
        f"| {DIRECTIONS[measure.direction]} |"
    )


def _made(definition: Definition) -> list[str]:
    """Where the number is made: fact, model and macros with their SQL folded, and a query for its values."""
    of = made_of(definition.model)
    models = {path.stem: path for path in (DBT / "models").rglob("*.sql") if path.stem in of}
    links = {name: f"[{name}](../../{path.relative_to(DBT.parent)})" for name, path in models.items()}
    others = sorted(of - {definition.fact, definition.model})
    lines = [
        f"Från {definition.rows_sv} i {links[definition.fact]} till värden per enhet och kommun i "
        f"{links[definition.model]}."
    ]
    if others:
        lines.append("Bygger också på " + ", ".join(links[name] for name in others) + ".")
    if definition.macros:
        lines.append("Makron: " + ", ".join(f"`{name}`" for name in definition.macros) + ".")
    if definition.rules:
        lines.append("Regler som data: " + ", ".join(f"`{name}`" for name in definition.rules) + ".")
    lines.append("")
    if definition.macros:
        lines += _folded("SQL: makrona", _sql("\n\n".join(macro_text(name) for name in definition.macros)))
    for name in dict.fromkeys((definition.model, definition.fact)):
        lines += _folded(f"SQL: {name}", _sql(models[name].read_text(encoding="utf-8").strip()))
    query = (
        "select level, entity_name, breakdown_value, period, value, mark, n\nfrom indicator_value\n"
        f"where indicator_id = '{definition.measures[0].id}'\n"
        "order by period desc, level, entity_name, breakdown_value;"
    )
    return [*lines, "Så läser du värdena i en publicering:\n", *_sql(query), ""]


def _sql(text: str) -> list[str]:
    return ["```sql", text, "```"]
