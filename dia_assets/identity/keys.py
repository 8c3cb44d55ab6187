"""The vault's key at rest, from the environment: `DIA_VAULT_KEY`, and `DIA_VAULT_KEY_OLD` while it is being changed.

A key is 32 random bytes in base64. It stands in no file of the product; the vault notes only a short hash of the key
that it is written with, so that a wrong one is told at once. Without a key the vault's files are plain Parquet.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from dia_assets.errors import SettingsError
from dia_assets.object_store import extension

VARIABLE, OLD_VARIABLE = "DIA_VAULT_KEY", "DIA_VAULT_KEY_OLD"


@dataclass(frozen=True)
class VaultKey:
    """A key and its name in DuckDB, which says which key it is and nothing of it."""

    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """A short hash of the key (a full-length random key cannot be found from it)."""
        return "vault_" + hashlib.sha256(b"dia identity vault" + self.secret.encode()).hexdigest()[:16]


def new_secret() -> str:
    """A new key, to be kept where the operator keeps secrets."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def from_environment(variable: str = VARIABLE, environ: Mapping[str, str] | None = None) -> VaultKey | None:
    """The key that a variable gives, if any. Raises `SettingsError` when it is no key."""
    text = (os.environ if environ is None else environ).get(variable, "").strip()
    if not text:
        return None
    try:
        size = len(base64.b64decode(text, validate=True))
    except ValueError:
        size = 0
    if size != 32:
        raise SettingsError(
            f"{variable} ska vara 32 slumpade byte i base64. `dia identity new-key` gör en sådan nyckel."
        )
    return VaultKey(text)


def introduce(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection read and write with the keys of the environment; nothing happens where there are none."""
    keys = [key for name in (VARIABLE, OLD_VARIABLE) if (key := from_environment(name))]
    if not keys:
        return
    # DuckDB writes encrypted files with OpenSSL alone, which this extension brings; it is installed with the product
    connection.execute(f"load '{extension('httpfs')}'")
    for key in keys:
        connection.execute(f"pragma add_parquet_key('{key.name}', '{key.secret}')")
