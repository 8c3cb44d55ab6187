"""All settings, with a default for every one, from the environment or one deployment file; and the data root's map.

Nothing here opens a table. A wrong setting gives a `SettingsError` before anything runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dia_assets import yaml_text
from dia_assets.errors import SettingsError
from dia_assets.object_store import StoredTable
from dia_assets.serving.access_decision import Access
from dia_assets.sources.config import ObjectStoreSource, Source, spelled_out

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT_PREFIX = "DIA_"
DEPLOYMENT_FILE = "deployment.yaml"


class Settings(BaseModel):
    """The settings of one installation. Each is `DIA_<NAME>` in the environment or `<name>` in the deployment file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(default=PROJECT / "data", description="The data root")
    now: datetime | None = Field(default=None, description="The time the run believes it is (ISO 8601 with zone)")
    preset: str = Field(default="enkoping", description="Synthetic municipality used when no source is configured")
    seed: int = Field(default=1, description="Seed of the synthetic municipality")
    sources: dict[str, Source] = Field(default_factory=dict, description="System → folder (read only) or other source")
    raw_store: ObjectStoreSource | None = Field(default=None, description="Object storage that raw lives in")
    municipality_code: str = Field(default="0381", pattern=r"^\d{4}$", description="The municipality's own code")
    memory_limit: str = Field(default="4GB", pattern=r"^\d+(\.\d+)?\s?[KMGT]i?B$", description="DuckDB's memory")
    threads: int = Field(default=2, ge=1, le=256, description="DuckDB's threads")
    max_bytes: int = Field(default=20_000_000_000, ge=1, description="Largest file that is taken in")
    max_quarantine_share: float = Field(default=0.05, ge=0, le=1, description="Share of rows that may be unreadable")
    keep_publications: int = Field(default=7, ge=2, description="Publications kept per audience")
    raw_retention_days: int = Field(default=396, ge=1, description="Days that raw and landing are kept")
    quarantine_retention_days: int = Field(default=90, ge=1, description="Days that quarantined rows are kept")
    run_log_days: int = Field(default=90, ge=1, description="Days that Dagster keeps run logs")
    lock_wait_seconds: int = Field(default=0, ge=0, description="How long a second run waits for the first")
    analysts: dict[str, Access] = Field(
        default_factory=dict, description="Name → decision that lets an analyst have pseudonymised rows"
    )
    port: int = Field(default=3000, ge=1, le=65535, description="Port of Dagster's pages on 127.0.0.1")

    @field_validator("now")
    @classmethod
    def _now_has_a_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("give the time zone, as in 2026-06-04T02:00:00+02:00")
        return value.astimezone(UTC) if value else None

    @field_validator("preset")
    @classmethod
    def _preset_is_known(cls, value: str) -> str:
        from dia_assets.synthetic.presets import PRESETS  # here: a default is not looked up, and the import takes time

        if value not in PRESETS:
            raise ValueError(f"{value} is no preset. The presets are: {', '.join(PRESETS)}")
        return value

    @field_validator("sources", mode="before")
    @classmethod
    def _a_text_is_a_folder(cls, value: object) -> object:
        return spelled_out(value)

    @field_validator("analysts")
    @classmethod
    def _analysts_are_folders(cls, value: dict[str, Access]) -> dict[str, Access]:
        if wrong := [name for name in value if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name)]:
            raise ValueError(
                f"{', '.join(wrong)}: a name is small letters, digits and hyphens, since it names a folder"
            )
        return value

    @field_validator("data")
    @classmethod
    def _data_is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def lake(self) -> Lake:
        """The paths below the data root."""
        return Lake(self.data, self.raw_store)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings: defaults, then the deployment file, then the environment (the last one wins).

    The deployment file is `$DIA_DEPLOYMENT`, else `deployment.yaml` in the data root if it exists.
    Raises `SettingsError` that names each wrong setting and what it must be.
    """
    environ = os.environ if environ is None else environ
    names = set(Settings.model_fields)
    from_environment: dict[str, Any] = {}
    for key, value in environ.items():
        name = key.removeprefix(ENVIRONMENT_PREFIX).lower()
        if not key.startswith(ENVIRONMENT_PREFIX) or name in INTERNAL_NAMES:
            continue
        if name not in names:
            raise SettingsError(f"{key} is no setting. The settings are: {', '.join(sorted(names))}.")
        from_environment[name] = yaml_text.read(value) if name in ("sources", "raw_store", "analysts") else value
    data = Path(from_environment.get("data", Settings.model_fields["data"].default))
    named = environ.get("DIA_DEPLOYMENT")
    path = Path(named) if named else data / DEPLOYMENT_FILE
    if named and not path.is_file():
        raise SettingsError(f"DIA_DEPLOYMENT names {path}, which does not exist.")
    from_file = _read_deployment_file(path) if path.is_file() else {}
    try:
        return Settings(**{**from_file, **from_environment})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"Wrong setting ({path.name} or DIA_… in the environment): {problems}") from None


# Names that begin with DIA_ but are no settings: handed to dbt and to child processes by the product itself; the keys
# of the vault, which are to stand in no file; the browser of the tests.
INTERNAL_NAMES = {
    "deployment",
    "working_db",
    "home",
    "spill",
    "dbt_raw_store",
    "vault_key",
    "vault_key_old",
    "chromium",
}


def _read_deployment_file(path: Path) -> dict[str, Any]:
    try:
        content = yaml_text.read(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path} is no valid YAML{line}.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must be a list of `name: value` lines.")
    return content


class _Dataset(Protocol):
    """What a path below the data root needs to know of a dataset."""

    @property
    def system(self) -> str: ...
    @property
    def name(self) -> str: ...


class Lake:
    """The map of a data root. Three zones: `restricted`, `internal`, `serving` (docs/architecture.md)."""

    def __init__(self, root: Path, raw_store: ObjectStoreSource | None = None) -> None:
        self.root = root
        self.raw_store = raw_store
        self.drop = root / "drop"
        self.synthetic = root / "synthetic"
        self.restricted = root / "restricted"
        self.internal = root / "internal"
        self.serving_root = root / "serving"
        self.dagster = root / "dagster"
        self.vault_root = self.restricted / "vault"
        self.identity_decisions = self.restricted / "identity_decisions.csv"
        self.landing = self.restricted / "landing"
        self.fetched = self.restricted / "fetched"  # what a source has given and landing has not taken yet
        self.work = self.restricted / "work"
        self.working_db = self.work / "lakehouse.duckdb"  # the same name as the accepted one: views name it
        self.spill = self.work / "spill"
        self.errors = self.work / "errors"
        self.dbt_target = self.work / "dbt_target"
        self.accepted_db = self.internal / "lakehouse.duckdb"
        self.released = self.internal / "released"
        self.analyst_secrets = self.restricted / "analyst"
        self.ledger = self.internal / "ledger.sqlite"
        self.lock = root / "run.lock"

    def raw(self, dataset: _Dataset) -> Path:
        """Delta table of a dataset as received."""
        return self.restricted / "raw" / dataset.system / dataset.name

    def quarantine(self, dataset: _Dataset) -> Path:
        """Delta table of a dataset's rows that were not taken in."""
        return self.restricted / "quarantine" / dataset.system / dataset.name

    def entities(self, dataset: _Dataset) -> Path:
        """Delta table of the source's own records that deliveries of changes were about."""
        return self.restricted / "entities" / dataset.system / dataset.name

    def table(self, folder: Path) -> Path | StoredTable:
        """Where a table of raw, quarantine or entities is, given its folder here: that folder, or `raw_store`."""
        if self.raw_store is None:
            return folder
        below = [self.raw_store.prefix] if self.raw_store.prefix else []
        return StoredTable(self.raw_store, "/".join([*below, *folder.relative_to(self.restricted).parts]))

    def held(self, dataset: _Dataset) -> Path:
        """Delta table of history rows kept apart: protected persons, persons not resolved."""
        return self.restricted / "held" / dataset.system / dataset.name

    def history(self, dataset: _Dataset) -> Path:
        """Delta table of a dataset's pseudonymised history."""
        return self.internal / "history" / dataset.system / dataset.name

    def vault(self, name: str) -> Path:
        """Delta table of the identity vault."""
        return self.vault_root / name

    def serving(self, audience: str) -> Path:
        """Folder of what one audience may read."""
        return self.serving_root / audience

    def prepare(self) -> None:
        """Create the zones; the restricted one readable by its owner alone.

        Raises `SettingsError` when raw is to live in object storage and there is raw here already.
        """
        if self.raw_store is not None and any((self.restricted / "raw").glob("*/*/_delta_log")):
            raise SettingsError(
                "raw_store is set, but there is raw in restricted/raw already. Move raw, quarantine and entities there "
                "first (docs/files-from-elsewhere.md), or take raw_store away."
            )
        for path in (self.drop, self.restricted, self.internal, self.serving_root, self.dagster):
            path.mkdir(parents=True, exist_ok=True)
        for path in (self.landing, self.spill, self.errors, self.dbt_target):
            path.mkdir(parents=True, exist_ok=True)
        for path in (self.drop, self.restricted, self.internal):
            path.chmod(0o700)
