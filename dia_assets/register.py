"""The register of indicators: one YAML file per definition and version, from which two seeds are written.

People maintain the files in `dbt_project/register/`; `dia indicators write` makes `ref_indicator` and
`ref_official_series` from them, and the pages of `docs/indicators/`. A definition names the model and the macros that
compute it. Their SQL, and that of every fact they are made of, is summed up beside the words (`sql_hash`), so that
nobody changes how a number is made without saying what it now means.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dia_assets import yaml_text
from dia_assets.errors import DiaError
from dia_assets.settings import PROJECT

DBT = PROJECT / "dbt_project"
REGISTER = DBT / "register"
SEED = DBT / "seeds" / "ref_indicator.csv"
OFFICIAL_SEED = DBT / "seeds" / "ref_official_series.csv"
_OF = {
    "municipal": "Gäller kommunala skolor, vår siffra alla skolenheter som kommunen får filer från",
    "independent": "Gäller fristående skolor, vår siffra alla skolenheter som kommunen får filer från",
    "located": "Gäller alla skolor i kommunen, vår siffra bara de skolenheter som kommunen får filer från",
    "home": "Gäller elever folkbokförda i kommunen var de än går i skola, vår siffra elever vid kommunens skolenheter",
    "model": "Skolverkets årliga modell, vår har koefficienterna i ref_salsa_model",
}
# where a definition is broken down so, its group is laid beside the series: of whom both are, or still differ
_GROUPS = {
    "municipal": ("principal", "Kommunal"),
    "independent": ("principal", "Enskild"),
    "home": ("home", "Egen kommun"),
}
_OF_GROUP = {
    "municipal": "Båda gäller kommunala skolor, vår siffra dem som kommunen får filer från",
    "independent": "Båda gäller fristående skolor, vår siffra dem som kommunen får filer från",
    "home": "Båda gäller elever folkbokförda i kommunen, vår siffra bara dem som går vid kommunens skolenheter",
}
_NAMED = r"\bref\('((?:fct|ind)_\w+)'\)"
_CALLED = r"\b(\w+)\("


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Official(_Entry):
    """A series of an authority that one of the measures is laid beside, and of whom it is: why the two may differ."""

    publisher: Literal["Kolada"]
    series: str
    indicator: str
    of: Literal["municipal", "independent", "located", "home", "model"]
    what_sv: str
    level: Literal["unit", "municipality"] = "municipality"
    year_of: Literal["spring", "autumn"] = "spring"
    is_verified: bool = True
    note_sv: str | None = None

    def group(self, breakdowns: tuple[str, ...]) -> str:
        """Which of our groups it is laid beside, given how the definition is broken down; `all` where there is none."""
        breakdown, value = _GROUPS.get(self.of, ("", "all"))
        return value if breakdown in breakdowns else "all"

    def reason_sv(self, breakdowns: tuple[str, ...]) -> str:
        """Every known reason for a difference."""
        of_whom = _OF[self.of] if self.group(breakdowns) == "all" else _OF_GROUP[self.of]
        unverified = None if self.is_verified else "Seriens titel är inte kontrollerad mot Kolada"
        return ". ".join(text.rstrip(". ") for text in (of_whom, self.note_sv, unverified) if text)


class Measure(_Entry):
    """One published number of a definition; what it does not say itself, the definition says."""

    id: str
    name_sv: str
    formula_sv: str
    unit: Literal[
        "percent",
        "points",
        "percentage_points",
        "steps",
        "index",
        "pupils_per_post",
        "index_100",
        "kronor",
        "points_apart",
        "scale_1_4",
        "scale_1_5",
    ]
    kind: Literal["share", "rate", "mean", "ratio"]
    direction: Literal["higher", "lower", "none"]
    family: str | None = None
    question_sv: str | None = None
    read_sv: str | None = None
    is_sensitive: bool = False
    is_published: bool = True
    is_headline: bool = False
    minimum_n: int | None = None
    nested_group: str | None = None
    count_with: str | None = None
    implies: str | None = None
    excludes: str | None = None
    splits: str | None = None
    part_of: str | None = None
    among: str | None = None
    later_of: str | None = None
    later_years: int | None = None
    shown_with: str | None = None
    certain_with: str | None = None


class Definition(_Entry):
    """What is measured, of whom, how it is read and must not be used, and where it is computed."""

    id: str
    version: int = Field(ge=1)
    valid_from: date
    valid_to: date | None = None
    recomputes_from: date | None = None
    change_sv: str | None = None
    name_sv: str
    question_sv: str
    population_sv: str
    read_sv: str
    not_for_sv: str
    example_sv: str
    authority: str
    source: str
    owner: str
    family: str
    among: str | None = None
    model: str
    fact: str
    macros: tuple[str, ...]
    rules: tuple[str, ...]
    breakdowns: tuple[Literal["sex", "class", "principal", "home"], ...]
    levels: tuple[Literal["unit", "municipality"], ...] = ("unit", "municipality")
    counts: Literal["pupils", "respondents", "teachers", "units"] = "pupils"
    rows_sv: str = "elevrader"
    audiences: tuple[Literal["public", "municipality", "unit"], ...] = ("public", "municipality", "unit")
    official: tuple[Official, ...] = ()
    sql_hash: str = ""
    measures: tuple[Measure, ...]


def load_register(folder: Path = REGISTER) -> list[Definition]:
    """Every definition, in the order of the files' names.

    Raises `DiaError` that names file, key and what is allowed, or the measure that is there twice.
    """
    found = [_read(path) for path in sorted(folder.glob("*.yml"))]
    seen: set[tuple[str, int]] = set()
    for definition in found:
        for measure in definition.measures:
            if (key := (measure.id, definition.version)) in seen:
                raise DiaError(f"{measure.id}, version {definition.version}, stands twice in {folder.name}.")
            seen.add(key)
        for series in definition.official:
            if series.indicator not in {measure.id for measure in definition.measures}:
                raise DiaError(f"{series.series} is laid beside {series.indicator}, no measure of {definition.id}.")
    for definition in found:
        _check_versions([item for item in found if item.id == definition.id])
    return found


def _check_versions(versions: list[Definition]) -> None:
    versions = sorted(versions, key=lambda item: item.version)
    for item, following in pairwise(versions):
        if item.valid_to != following.valid_from:
            raise DiaError(
                f"{item.id}, version {item.version}, must be valid_to {following.valid_from}, the day from which "
                f"version {following.version} holds; it is {item.valid_to}."
            )
    for item in versions:
        if item.recomputes_from and item.recomputes_from > item.valid_from:
            raise DiaError(f"{item.id}, version {item.version}, recomputes_from is later than valid_from.")


def _read(path: Path) -> Definition:
    try:
        document = yaml_text.read(path.read_text(encoding="utf-8"))
        measures = [one for entry in document.pop("measures") for one in _each(entry, document)]
        return Definition.model_validate({**document, "measures": measures})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
        raise DiaError(f"{path.name} is no valid definition of an indicator: {problems}") from None
    except (yaml.YAMLError, KeyError, AttributeError, TypeError) as error:
        raise DiaError(f"{path.name} is no valid definition of an indicator: {error!r}") from None


def _each(entry: dict[str, Any], definition: dict[str, Any]) -> list[dict[str, Any]]:
    """One measure for each set of words under `each` (and each under `and`), put where the texts name them.

    A definition's question that names such words is filled in for every measure; a word that is null takes the key that
    it fills away.
    """
    entry = dict(entry)
    lists = [entry.pop("each", None), entry.pop("and", None)]
    if "{" in definition["question_sv"]:
        entry.setdefault("question_sv", definition["question_sv"])
    found = []
    for parts in product(*[words for words in lists if words is not None]):
        words = {name: value for part in parts for name, value in part.items()}
        made = {key: _filled(value, words) for key, value in entry.items()}
        found.append({key: value for key, value in made.items() if value != "None"})
    return found


def _filled(value: Any, words: dict[str, Any]) -> Any:
    return value.format_map(words) if isinstance(value, str) else value


def first_day(definition: Definition) -> date:
    """The first day of the periods that it counts: earlier than it was decided where history is recomputed."""
    return definition.recomputes_from or definition.valid_from


def last_day(definition: Definition, definitions: list[Definition]) -> date | None:
    """The first day of the periods that a later version counts instead; `None` where none does."""
    later = [item for item in definitions if item.id == definition.id and item.version > definition.version]
    return min([first_day(item) for item in later], default=definition.valid_to)


def rows(definitions: list[Definition]) -> list[dict[str, Any]]:
    """The rows of `ref_indicator`, one per measure and version."""
    return [
        {
            "indicator_id": measure.id,
            "version": definition.version,
            "definition_id": definition.id,
            "definition_sv": definition.name_sv,
            "name_sv": measure.name_sv,
            "question_sv": measure.question_sv or definition.question_sv,
            "formula_sv": measure.formula_sv,
            "population_sv": definition.population_sv,
            "unit": measure.unit,
            "kind": measure.kind,
            "direction": measure.direction,
            "is_sensitive": str(measure.is_sensitive).lower(),
            "authority": definition.authority,
            "source": definition.source,
            "owner": definition.owner,
            "read_sv": measure.read_sv or definition.read_sv,
            "not_for_sv": definition.not_for_sv,
            "example_sv": definition.example_sv,
            "family": measure.family or definition.family,
            "breakdowns": " ".join(definition.breakdowns),
            "levels": " ".join(definition.levels),
            "counts": definition.counts,
            "audiences": " ".join(definition.audiences),
            "minimum_n": measure.minimum_n,
            "nested_group": measure.nested_group,
            "count_indicator_id": measure.count_with,
            "implies_indicator_id": measure.implies,
            "excludes_indicator_id": measure.excludes,
            "split_group": measure.splits,
            "part_of_indicator_id": measure.part_of,
            "among_indicator_id": measure.among or definition.among,
            "later_of_indicator_id": measure.later_of,
            "later_years": measure.later_years,
            "shown_with": measure.shown_with,
            "certain_with": measure.certain_with,
            "is_published": str(measure.is_published).lower(),
            "is_headline": str(measure.is_headline).lower(),
            "sql_hash": definition.sql_hash,
            "valid_from": first_day(definition),
            "valid_to": last_day(definition, definitions),
        }
        for definition in definitions
        for measure in definition.measures
    ]


def official_rows(definitions: list[Definition]) -> list[dict[str, Any]]:
    """The rows of `ref_official_series`, one per series that an indicator in force is laid beside."""
    return [
        {
            "publisher": series.publisher,
            "series": series.series,
            "indicator_id": series.indicator,
            "level": series.level,
            "breakdown_value": series.group(definition.breakdowns),
            "year_of": series.year_of,
            "what_sv": series.what_sv,
            "note_sv": series.reason_sv(definition.breakdowns),
        }
        for definition in definitions
        if definition.valid_to is None
        for series in definition.official
    ]


def seed(made: list[dict[str, Any]]) -> str:
    """A seed file's text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(made[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(made)
    return text.getvalue()


def sql_hash(definition: Definition, project: Path = DBT) -> str:
    """What the SQL behind a definition says, as one short word; layout and comments do not count.

    That is its model, every fact and indicator that the model is made of, and every macro that these call. Raises
    `DiaError` when the model, the fact or a macro is not there, or is no part of what makes the number.
    """
    models = _models(project)
    macros = {name: text for path in (project / "macros").glob("*.sql") for name, text in _macros(path)}
    if definition.model not in models:
        raise DiaError(f"{definition.id} names the model {definition.model}, which is not in the project.")
    of = made_of(definition.model, project)
    called = {name for model in of for name in _reached(model, {model: models[model], **macros}, _CALLED)}
    for kind, names, found in (("fact", (definition.fact,), of), ("macro", definition.macros, called)):
        if missing := [name for name in names if name not in found]:
            raise DiaError(f"{definition.id} names the {kind} {missing[0]}, which does not make its number.")
    said = [models[name] for name in sorted(of)] + [macros[name] for name in sorted(called & set(macros))]
    return hashlib.sha256(" ".join(" ".join(said).split()).encode()).hexdigest()[:12]


def made_of(model: str, project: Path = DBT) -> set[str]:
    """A model, and every fact and indicator above it: as dbt's manifest says (by a test), without a parse."""
    return _reached(model, _models(project), _NAMED)


def _models(project: Path) -> dict[str, str]:
    return {path.stem: _code(path) for path in (project / "models").rglob("*.sql")}


def _code(path: Path) -> str:
    return re.sub(r"{#.*?#}|--[^\n]*", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def macro_text(name: str, project: Path = DBT) -> str:
    """A macro as it is written. Raises `DiaError` when the project has none of that name."""
    found = [text for path in (project / "macros").glob("*.sql") for other, text in _macros(path) if other == name]
    if not found:
        raise DiaError(f"The macro {name} is not in the project.")
    return found[0]


def _macros(path: Path) -> list[tuple[str, str]]:
    found = re.finditer(r"{%-?\s*macro\s+(\w+)\(.*?endmacro\s*-?%}", _code(path), re.DOTALL)
    return [(macro.group(1), macro.group(0)) for macro in found]


def _reached(start: str, texts: dict[str, str], naming: str) -> set[str]:
    """The texts that one names, those that they name, and so on."""
    reached, to_read = set(), [start]
    while to_read:
        if (name := to_read.pop()) not in reached:
            reached.add(name)
            to_read += [other for other in re.findall(naming, texts[name]) if other in texts]
    return reached


def changed(definitions: list[Definition]) -> list[Definition]:
    """Definitions still in force whose SQL is no longer what it was when the words were written."""
    return [item for item in definitions if item.valid_to is None and item.sql_hash != sql_hash(item)]


def accept(folder: Path = REGISTER) -> list[str]:
    """Write the SQL of today beside the words of every definition in force; give the ids of those that changed."""
    told = []
    for path in sorted(folder.glob("*.yml")):
        definition = _read(path)
        word = sql_hash(definition) if definition.valid_to is None else definition.sql_hash
        if word != definition.sql_hash:
            text = re.sub(r"^sql_hash: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            path.write_text(text.replace("measures:\n", f"sql_hash: '{word}'\nmeasures:\n", 1), encoding="utf-8")
            told.append(definition.id)
    return told
