"""Identifiers made from names: `prenom.nom`, transliterated, never empty, never a birth date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from preau.accounts.models import Account, without_digits
from preau.rosterfiles.names import compact

MAX_LENGTH = 60
FALLBACK = "eleve"
DIGITS = "0123456789"
# Two to four digits; never 19xx or 20xx, that could be read as a year of birth.
NUMBERS = tuple(chain(range(10, 1900), range(2100, 10_000)))


class Names(NamedTuple):
    """What an identifier is made from."""

    first: str
    last: str


def base_username(first: str, last: str) -> str:
    """`prenom.nom` in small ASCII letters, at most 60 of them, « eleve » when the names give no letter.

    Digits are dropped: whatever was typed in a name, no birth date can come out.
    """
    parts = ["".join(letter for letter in compact(name) if letter.isalpha()) for name in (first, last)]
    return ".".join(part for part in parts if part)[:MAX_LENGTH].rstrip(".") or FALLBACK


def pick_usernames(bases: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Give each base its own identifier, in order: the base itself, else with the first free number."""
    gone = set(taken)
    numbers: dict[str, Iterator[int]] = {}
    given = []
    for base in bases:
        username = base
        while username in gone:
            username = f"{base}{next(numbers.setdefault(base, iter(NUMBERS)))}"
        gone.add(username)
        given.append(username)
    return given


def free_usernames(names: Sequence[Names] | Sequence[tuple[str, str]]) -> list[str]:
    """One free identifier per (first, last) name, in the same order, for one query.

    Free now: whoever inserts them must be ready to ask again (`make_accounts` is).
    """
    bases = [base_username(first, last) for first, last in names]
    taken = (
        Account.objects.annotate(base=without_digits("username"))
        .filter(base__in=set(bases))
        .values_list("username", flat=True)
    )
    return pick_usernames(bases, (username for username in taken if username is not None))
