"""The vault is the pipeline's own: file rights, a key at rest, another key, and a killed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dia_assets.engine import connect
from dia_assets.errors import SettingsError
from dia_assets.identity import keys, store
from dia_assets.nightly import run_nightly
from dia_assets.settings import Settings

VALUE = "201201019807"
ROW = f"""
    select 'person_number' as namespace, '{VALUE}' as value, 'personnummer' as kind, '{VALUE}' as normal,
        'abcdefghijkl' as person_key, now() as recorded_at, 'r' as record_key
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in (keys.VARIABLE, keys.OLD_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    made = Settings(data=tmp_path)
    made.lake.prepare()
    return made


def write(settings: Settings) -> None:
    store.check(settings.lake)
    with connect(settings) as connection:
        store.append(connection, settings.lake, "alias", ROW)


def read(settings: Settings) -> list[str]:
    store.check(settings.lake)
    with connect(settings) as connection:
        rows = connection.execute(f"select value from {store.relation(settings.lake, 'alias')}").fetchall()
    return [row[0] for row in rows]


def written(settings: Settings) -> bytes:
    return b"".join(path.read_bytes() for path in settings.lake.vault_root.rglob("*") if path.is_file())


def test_a_vault_that_others_can_read_stops_the_run_before_anything_is_read(settings: Settings) -> None:
    write(settings)
    settings.lake.vault_root.chmod(0o750)
    with pytest.raises(SettingsError, match="chmod -R go-rwx"):
        read(settings)
    settings.lake.vault_root.chmod(0o700)
    assert read(settings) == [VALUE]


def test_without_a_key_the_value_is_there_and_with_one_it_is_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = keys.new_secret()
    monkeypatch.setenv(keys.VARIABLE, secret)
    write(settings)
    assert read(settings) == [VALUE]
    assert VALUE.encode() not in written(settings) and secret.encode() not in written(settings)
    assert b"PARE" in written(settings)  # the end of a Parquet file whose footer is encrypted
    monkeypatch.delenv(keys.VARIABLE)
    with pytest.raises(SettingsError, match="saknas i miljön"):
        read(settings)
    monkeypatch.setenv(keys.VARIABLE, keys.new_secret())
    with pytest.raises(SettingsError, match="inte den nyckel"):
        read(settings)


def test_a_key_is_put_in_changed_and_taken_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write(settings)
    assert VALUE.encode() in written(settings) or b"PAR1" in written(settings)
    first, second = keys.new_secret(), keys.new_secret()
    for new, old in ((first, None), (second, first), (None, second)):
        for name, value in ((keys.VARIABLE, new), (keys.OLD_VARIABLE, old)):
            monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
        with pytest.raises(SettingsError, match="Ingenting har körts"):
            read(settings)
        with connect(settings) as connection:
            assert store.rotate(connection, settings.lake) == 1
        monkeypatch.delenv(keys.OLD_VARIABLE, raising=False)
        assert read(settings) == [VALUE]


@pytest.mark.parametrize("text", ["short", "åäö", "A" * 43])
def test_what_is_no_key_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SettingsError, match="32 slumpade byte"):
        keys.from_environment(environ={keys.VARIABLE: text})


def test_a_key_never_shows_itself() -> None:
    key = keys.VaultKey(keys.new_secret())
    assert key.secret not in repr(key) and key.secret not in key.name


def test_a_killed_replacement_leaves_the_table_as_it_was(settings: Settings) -> None:
    write(settings)
    table = settings.lake.vault("alias")
    table.rename(settings.lake.vault("alias.replaced"))
    settings.lake.vault("alias.rewritten").mkdir()
    assert read(settings) == [VALUE]
    assert {path.name for path in settings.lake.vault_root.iterdir()} == {"alias"}


def test_a_table_of_many_files_becomes_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MANY_FILES", 3)
    for _ in range(4):
        write(settings)
    assert len(list(settings.lake.vault("alias").glob("*.parquet"))) == 1
    assert read(settings) == [VALUE] * 4


def test_a_night_does_not_begin_on_a_vault_that_others_can_read(settings: Settings) -> None:
    write(settings)
    settings.lake.vault_root.chmod(0o755)
    with pytest.raises(SettingsError, match="Ingenting har körts"):
        run_nightly(settings)
    assert not settings.lake.synthetic.exists()
