"""Writes a dataset's staging model from its contract: the SQL and the YAML beside it, to be looked through by a person.

Nothing is decided here that the contract does not say: names stay, types follow, identifiers of persons become keys.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from dia_assets.contracts import STAGING, Column, DatasetContract
from dia_assets.errors import DiaError

MACROS = {
    "text": "as_text",
    "json": "as_text",
    "integer": "as_integer",
    "decimal": "as_decimal_comma",
    "date": "as_date",
    "time": "as_local_time",
    "timestamp": "as_utc_timestamp",
    "boolean": "as_boolean",
}
CHANGED = "modified_at"  # a change of this alone is no news
WIDTH = 100
PROTECTED = "Whether a person of the row has protected personal data; such rows go to the restricted zone"
ENTITY = "Whether the row says only that a delivery of changes was about the record; history does not keep it"


@dataclass(frozen=True)
class StagingModel:
    """A staging model's two files as text."""

    name: str
    sql: str
    yml: str

    def write(self, folder: Path) -> list[Path]:
        """Write both files; an existing one is never written over. Raises `DiaError`."""
        paths = [folder / f"{self.name}.sql", folder / f"{self.name}.yml"]
        if there := [path.name for path in paths if path.exists()]:
            raise DiaError(
                f"{', '.join(there)} exists already and is left as it is.",
                f"{', '.join(there)} finns redan och lämnas orörd.",
            )
        for path, text in zip(paths, (self.sql, self.yml), strict=True):
            path.write_text(text, encoding="utf-8")
        return paths


@dataclass
class _Outputs:
    """The staging model's columns in their order: name, expression, description; and the contract's that end here."""

    columns: list[tuple[str, str, str]] = field(default_factory=list)
    not_carried: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, expression: str, description: str) -> None:
        self.columns.append((name, expression, description))


def staging_folder(contract: DatasetContract) -> Path:
    """Where a dataset's staging model lies."""
    return STAGING / contract.system


def staging_model(contract: DatasetContract) -> StagingModel:
    """The staging model that follows from a contract."""
    outputs = _outputs(contract)
    return StagingModel(contract.staging_model, _sql(contract, outputs), _yml(contract, outputs))


def _outputs(contract: DatasetContract) -> _Outputs:
    outputs = _Outputs()
    for column in contract.stored_columns:
        if column.role == "person_identifier":
            if column == contract.person_identifiers[0]:
                _add_person(contract, outputs)
            outputs.renamed[column.name] = "record_key" if column.name in contract.load.entity else "person_key"
            outputs.not_carried.append(column.name)
        elif column.role == "related_person_identifier":
            if column.required:
                key = _key_name(column)
                outputs.add(key, f"_{column.name}_key", f"Random key: {_lower(column.description)}")
                outputs.renamed[column.name] = key
                if not contract.person_identifiers and column == contract.related_identifiers[0]:
                    outputs.add("_is_protected", "_is_protected", PROTECTED)
            outputs.not_carried.append(column.name)
        elif column.role in ("direct_identifier", "security_marking") or column.name == CHANGED:
            outputs.not_carried.append(column.name)
        elif column.type == "marked":
            outputs.add(f"{column.name}_value", _macro("marked_value", column), f"{column.description}: the number")
            outputs.add(f"{column.name}_mark", _macro("marked_mark", column), f"{column.description}: the mark")
            outputs.not_carried.append(column.name)
        else:
            outputs.add(column.name, typed_expression(column), column.description)
    if contract.load.entity:
        outputs.add("_is_entity", "_is_entity", ENTITY)
    outputs.add("_load", "_load", "Number of the delivery")
    outputs.add("_row", "_row", "Row in the delivered file (1-based)")
    return outputs


def _add_person(contract: DatasetContract, outputs: _Outputs) -> None:
    outputs.add("person_key", "_person_key", "Random key of the person; NULL when the person is not known to the vault")
    if {column.name for column in contract.person_identifiers} & set(contract.load.entity):
        outputs.add("record_key", "_record_key", "Random key of the source's own record of the person")
    # A related person who may be missing is not carried, and then does not decide where the row is kept.
    related = contract.related_identifiers
    own_alone = bool(related) and not any(column.required for column in related)
    outputs.add("_is_protected", "_person_is_protected" if own_alone else "_is_protected", PROTECTED)


def _key_name(column: Column) -> str:
    stem = column.name.removesuffix("_id").removesuffix("_person")
    return f"{stem}_person_key"


def typed_expression(column: Column) -> str:
    """How staging types a column: the macro that reads what the contract accepts, to the same value."""
    return _macro(MACROS[column.type], column)


def _macro(name: str, column: Column) -> str:
    said = f", {list(column.formats)}" if column.formats and column.type != "time" else ""
    if column.type == "decimal":
        said += ", thousands=true" if column.thousands else ""
        said += ", percent=true" if column.unit == "percent" else ""
    return "{{ " + f"{name}('{column.name}'{said})" + " }}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _sql(contract: DatasetContract, outputs: _Outputs) -> str:
    typed = ",\n".join(
        f"        {expression}" if expression == name else f"        {expression} as {name}"
        for name, expression, _ in outputs.columns
    )
    names = ",\n".join(f"    {name}" for name, *_ in outputs.columns)
    source = "{{ " + f"source('{contract.system}', '{contract.name}')" + " }}"
    return (
        f"with delivered as (\n\n    select * from {source}\n\n),\n\n-- type and clean each column\ntyped as (\n\n"
        f"    select\n{typed}\n    from delivered\n\n)\n\nselect\n{names}\nfrom typed\n"
    )


def _yml(contract: DatasetContract, outputs: _Outputs) -> str:
    key = [outputs.renamed.get(name, name) for name in contract.load.key]
    history = [f"key: [{', '.join(key)}]"]
    for word, wanted in (("scope", contract.load.scope), ("entity", contract.load.entity)):
        if wanted:
            history.append(f"{word}: [{', '.join(outputs.renamed.get(name, name) for name in wanted)}]")
    text = (
        f"{contract.description.rstrip('.')}. Key: {', '.join(key)}. Use this when you build history; everything later"
        " reads history, where each record has its present version. Typed and cleaned, nothing else."
    )
    lines = ["version: 2", "", "models:", f"  - name: {contract.staging_model}", "    description: >"]
    lines += textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6, break_on_hyphens=False)
    lines += ["    config:", "      meta:", "        dia:", f"          label_sv: {_quoted(contract.label_sv)}"]
    lines += [f"          history: {{{', '.join(history)}}}"]
    lines += [f"          not_carried: [{', '.join(outputs.not_carried)}]", "    columns:"]
    for name, _, description in outputs.columns:
        lines += [f"      - name: {name}", f"        description: {_quoted(description)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = not any(mark in text for mark in (": ", " #", "{", "}", "[", "'", '"')) and text[:1].isalpha()
    return text if plain and not text.endswith(":") else "'" + text.replace("'", "''") + "'"
