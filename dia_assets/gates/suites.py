"""Suites as stewards write them: `expectations/<layer>/<table>.yml`, read, validated and completed.

Also derives, from a dataset's contract, the rules that nobody should have to write by hand. Runs nothing.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
import uuid
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dia_assets import yaml_text
from dia_assets.contracts import Column, DatasetContract
from dia_assets.errors import DiaError
from dia_assets.ledger import Dimension, Severity
from dia_assets.settings import PROJECT

EXPECTATIONS = PROJECT / "expectations"
Layer = Literal["raw", "master", "marts"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
KINDS = ("bad_rows_where", "unique", "bad_deliveries_where", "expectation")
_RULES = uuid.UUID("6f0b1c1e-7a64-5f0e-9a53-0d1a5c0de001")
_TYPES_SV = {
    "integer": "heltal",
    "decimal": "tal",
    "date": "datum",
    "time": "klockslag",
    "timestamp": "tidpunkt",
    "boolean": "ja eller nej",
}


class Rule(BaseModel):
    """One rule. Exactly one of the keys in `KINDS` says what is checked.

    `bad_rows_where`: SQL that is true for a wrong row. `unique`: columns that together identify a row.
    `bad_deliveries_where` (raw only): SQL over one row per delivery (`rows`, `previous_rows`, `units_missing`, `file`).
    `expectation` + `kwargs`: any expectation of Great Expectations. `max_share` (0–1) of the rows may be wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    bad_rows_where: str | None = Field(default=None, min_length=1)
    unique: tuple[str, ...] | None = Field(default=None, min_length=1)
    bad_deliveries_where: str | None = Field(default=None, min_length=1)
    expectation: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z_]*$")
    kwargs: dict[str, Any] = {}
    dimension: Dimension
    severity: Severity
    max_share: float = Field(default=0, ge=0, le=1)
    owner: str = Field(min_length=1)
    title_sv: str = Field(min_length=1)
    why_sv: str = Field(min_length=1)
    remedy_sv: str = Field(min_length=1)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Rule:
        said = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            raise ValueError(f"exactly one of {', '.join(KINDS)} is needed; here: {', '.join(said) or 'none'}")
        if self.kwargs and not self.expectation:
            raise ValueError("kwargs belong to `expectation`")
        if self.max_share and said[0] not in ("bad_rows_where", "unique"):
            raise ValueError(
                "max_share works with bad_rows_where and unique; an expectation has `mostly` in its kwargs"
            )
        if self.severity == "quarantine" and (said[0] not in ("bad_rows_where", "unique") or self.max_share):
            raise ValueError("severity quarantine needs bad_rows_where or unique, and no max_share")
        return self

    def uuid(self, suite: Suite, load: int | None = None) -> str:
        """The rule's lasting id, the same in every run, so that results have a history."""
        own = f"{suite.layer}/{suite.table}/{self.id}"
        return str(uuid.uuid5(_RULES, own if load is None else f"{own}/{load}"))


class Suite(BaseModel):
    """The rules of one table."""

    model_config = ConfigDict(frozen=True)

    layer: Layer
    table: str
    file: Path
    rules: tuple[Rule, ...]

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a rule changes, not when a comment does."""
        rules = [rule.model_dump() for rule in self.rules]
        return hashlib.sha256(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def name(self) -> str:
        """The file as people are told of it."""
        return f"{self.file.parent.name}/{self.file.name}"


def load_suites(layer: Layer, folder: Path = EXPECTATIONS) -> list[Suite]:
    """Every suite of a layer, by table name. Raises `DiaError` that names file, rule, key and what is allowed."""
    return [read_suite(path, layer) for path in sorted((folder / layer).glob("*.yml"))]


def raw_suite(contract: DatasetContract, folder: Path = EXPECTATIONS) -> Suite:
    """The rules for a dataset's deliveries: those derived from the contract, then the stewards' own, if any."""
    path = folder / "raw" / f"{contract.slug}.yml"
    written = read_suite(path, "raw").rules if path.is_file() else ()
    readable = tuple(_readable(column, contract) for column in contract.stored_columns if column.type in _TYPES_SV)
    known = tuple(_known(column, contract) for column in contract.stored_columns if column.values)
    return Suite(layer="raw", table=contract.slug, file=path, rules=(*readable, *known, *written))


def _readable(column: Column, contract: DatasetContract) -> Rule:
    source = column.source or column.file_group or column.name
    return Rule(
        id=f"{column.name}_is_readable",
        bad_rows_where=f"{column.name} is null and nullif(trim({column.name}__text), '') is not null",
        dimension="riktighet",
        severity="warn",
        owner=contract.steward,
        title_sv=f"{source} går att läsa som {_TYPES_SV[column.type]}",
        why_sv="Ett värde som inte går att läsa räknas som att det saknas.",
        remedy_sv=f"Rätta kolumnen {source} i {contract.system_label_sv} eller be leverantören rätta exporten.",
    )


def _known(column: Column, contract: DatasetContract) -> Rule:
    """A value outside the contract's list is taken in as it is, and told of."""
    source = column.source or column.file_group or column.name
    values = dict.fromkeys(unicodedata.normalize("NFC", value).strip().lower() for value in column.values)
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return Rule(
        id=f"{column.name}_is_known",
        bad_rows_where=f"lower(nfc_normalize(trim({column.name}__text))) not in ('', {listed})",
        dimension="riktighet",
        severity="warn",
        owner=contract.steward,
        title_sv=f"{source} har ett värde som är känt",
        why_sv="Ett okänt värde tas in som det är, men räknas inte dit det hör förrän någon har sagt vad det betyder.",
        remedy_sv=f"Rätta {source} i {contract.system_label_sv}. Är värdet rätt: lägg till det i kontraktets `values`.",
    )


def read_suite(path: Path, layer: Layer) -> Suite:
    """Read one suite file. Raises `DiaError` that names file, rule, key and what is allowed."""
    return _read_suite(path, layer, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read_suite(path: Path, layer: Layer, _stamp: int) -> Suite:
    try:
        content = yaml_text.read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(path, f"no valid YAML{f' at line {mark.line + 1}' if mark else ''}") from None
    if not isinstance(content, dict) or set(content) != {"rules"} or not isinstance(content["rules"], list):
        raise _wrong(path, "the file must hold the key `rules` with a list, and nothing else")
    rules = tuple(_rule(path, number, item) for number, item in enumerate(content["rules"], start=1))
    _fit_layer(path, layer, rules)
    return Suite(layer=layer, table=path.stem, file=path, rules=rules)


def _rule(path: Path, number: int, item: Any) -> Rule:
    if not isinstance(item, dict):
        raise _wrong(path, f"rule {number} must be a list of `key: value`")
    try:
        return Rule(**item)
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise _wrong(path, f"rule {item.get('id') or number}: {problems}") from None


def _problem(detail: Any) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return f"`{key}` is no key of a rule; the keys are {', '.join(Rule.model_fields)}"
        case "missing":
            return f"`{key}` is missing"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return f"`{key}`: {detail['msg']}"


def _fit_layer(path: Path, layer: Layer, rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise _wrong(path, f"rule {rule.id}: the id is used twice")
        seen.add(rule.id)
        if layer != "raw" and rule.severity == "quarantine":
            raise _wrong(path, f"rule {rule.id}: severity quarantine is for raw only; here block or warn")
        if layer != "raw" and rule.bad_deliveries_where:
            raise _wrong(path, f"rule {rule.id}: bad_deliveries_where is for raw only")


def _wrong(path: Path, problem: str) -> DiaError:
    return DiaError(
        f"Suite not valid (expectations/{path.parent.name}/{path.name}): {problem}.",
        f"Regelfilen expectations/{path.parent.name}/{path.name} går inte att använda: {problem}.",
    )
