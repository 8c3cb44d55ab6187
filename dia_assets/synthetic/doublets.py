"""Made-up persons in any number, with doublets whose truth is known: what record linkage is measured on.

Three kinds of doublet, as registers have them: `temporary` (came with a TF number, got a real one as another person),
`two_systems` (the same pupil in another system, without number, the name spelled its own way) and `two_tenants` (two
municipal tenants of one system: other unit, no number in one of them). Beside them what must not be taken for doublets:
siblings, twins, and people who by chance have the same name or birth date.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

_FIRST = ("Al", "Be", "Da", "El", "Fri", "Han", "Is", "Jo", "Ka", "Li", "Ma", "No", "Ol", "Sa", "Ti", "Vi", "Ån", "Ör")
_LAST = ("va", "rik", "no", "la", "ton", "dra", "win", "tan", "mira", "stin", "mer", "xel", "sa", "ia", "don", "bel")
_STEM = (
    "Berg", "Dal", "Ek", "Fors", "Gran", "Hav", "Kull", "Lind", "Myr", "Norr", "Ros", "Sand", "Ten", "Vik", "Åker",
    "Öst", "Björk", "Hägg", "Lönn", "Ask",
)  # fmt: skip
_END = ("ström", "kvist", "gren", "man", "lund", "berg", "dal", "blad", "vall", "mark", "sten", "ell", "in", "fors")
_MIDDLE = ("", "a", "e", "s", "er", "an", "in", "el", "ar", "or", "um", "ast", "ing", "und", "ett", "ill")
_SONS = tuple(f"{stem}sson" for stem in ("Ander", "Johan", "Karl", "Nil", "Erik", "Lar", "Per", "Ol", "Svan", "Gustaf"))
_FIRST_DAY, _DAYS = date(2007, 1, 1), 13 * 365
KINDS = ("temporary", "two_systems", "two_tenants")
PERSONS_PER_UNIT = 300


def people(count: int, seed: int, share: float = 0.01) -> tuple[pa.Table, pa.Table]:
    """That many persons and a `share` of them as doublets too; and the true pairs (`person_key`, `other_key`, `kind`).

    Columns are those that `dia_assets.identity.linkage` compares, names in lower case. The numbers are of no use but
    to tell that two differ: they are running numbers, not dates with check digits.
    """
    rng = np.random.default_rng([seed, count])
    given, family = _given_names(), _family_names()
    persons = {
        "given_name": given[_skewed(rng, len(given), count)],
        "family_name": family[_skewed(rng, len(family), count)],
        "birth_day": rng.integers(0, _DAYS, count),
        "sex": rng.choice(np.array(["K", "M"]), count),
        "school_unit": rng.integers(0, max(count // PERSONS_PER_UNIT, 1), count),
    }
    _make_siblings(rng, persons, count)
    chosen = rng.permutation(count)[: max(int(count * share), len(KINDS))]
    doubles = {name: values[chosen].copy() for name, values in persons.items()}
    kinds = np.arange(len(chosen)) % len(KINDS)
    _spell_otherwise(rng, doubles, kinds)
    everyone = {name: np.concatenate([persons[name], doubles[name]]) for name in persons}
    keys = np.array([f"p{number:08d}" for number in rng.permutation(count + len(chosen))])
    numbers = [f"{number:012d}" for number in range(count)] + [None] * len(chosen)
    table = pa.table(
        {
            "person_key": keys,
            "given_name": everyone["given_name"],
            "family_name": everyone["family_name"],
            "birth_date": (np.datetime64(_FIRST_DAY) + everyone["birth_day"]).astype(str),
            "sex": everyone["sex"],
            "school_unit": np.char.zfill(everyone["school_unit"].astype(str), 8),
            "personnummer": pa.array(numbers, pa.string()),
        }
    )
    pairs = np.sort(np.stack([keys[chosen], keys[count:]]), axis=0)
    return table, pa.table({"person_key": pairs[0], "other_key": pairs[1], "kind": np.array(KINDS)[kinds]})


def _given_names() -> np.ndarray:
    names = [f"{first}{last}".lower() for last in _LAST for first in _FIRST]
    return np.array(names + [f"{one}-{other}" for one, other in zip(names[::3], names[1::3], strict=False)])


def _family_names() -> np.ndarray:
    made = [f"{stem}{middle}{end}" for middle in _MIDDLE for end in _END for stem in _STEM]
    return np.array([name.lower() for name in (*_SONS, *made)])


def _skewed(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """Indexes of which the first are common and the last are rare, as names are."""
    weights = 1 / np.arange(3, size + 3) ** 0.8
    return rng.choice(size, count, p=weights / weights.sum())


def _make_siblings(rng: np.random.Generator, persons: dict[str, np.ndarray], count: int) -> None:
    """Half of all have the family name and unit of the one before; some of them also the birth date: twins."""
    sibling = np.flatnonzero(rng.random(count) < 0.5)
    sibling = sibling[sibling > 0]
    for name in ("family_name", "school_unit"):
        persons[name][sibling] = persons[name][sibling - 1]
    twin = sibling[rng.random(len(sibling)) < 0.03]
    persons["birth_day"][twin] = persons["birth_day"][twin - 1]


def _spell_otherwise(rng: np.random.Generator, doubles: dict[str, np.ndarray], kinds: np.ndarray) -> None:
    """What differs between a doublet's two records, by kind."""
    draws = rng.random((len(kinds), 4))
    units = int(doubles["school_unit"].max()) + 1
    for row, kind in enumerate(kinds):
        if KINDS[kind] == "two_systems":
            doubles["family_name"][row] = _plain(str(doubles["family_name"][row]))
            doubles["given_name"][row] = str(doubles["given_name"][row]).split("-")[0]
            if draws[row, 0] < 0.2:
                doubles["given_name"][row] = _typo(str(doubles["given_name"][row]), draws[row, 1])
        elif draws[row, 2] < (0.9 if KINDS[kind] == "two_tenants" else 0.2):
            doubles["school_unit"][row] = int(draws[row, 3] * units)


def _plain(name: str) -> str:
    return name.translate(str.maketrans("åäöé", "aaoe"))


def _typo(name: str, draw: float) -> str:
    """Two letters changed places, not the first."""
    place = 1 + int(draw * max(len(name) - 2, 1))
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]
