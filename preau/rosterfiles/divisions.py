"""From what a pupil is assigned to in the file to one class and some groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from preau.rosterfiles.names import compact

_INACTIVE = ("inactif", "inactifs", "inactive", "inactives")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a pupil is: `division` None is « sans classe »."""

    division: str | None = None
    division_key: str | None = None
    groups: tuple[str, ...] = ()
    inactive: bool = False
    several: tuple[str, ...] = ()  # the divisions, when there were different ones


def division_key(code: str) -> str:
    """What two spellings of one class have in common: trimmed, spaces collapsed, case folded."""
    return " ".join(code.split()).casefold()


def is_inactive(code: str) -> bool:
    """Whether a division is where schools park pupils they no longer have: « Inactifs », more or less."""
    letters = "".join(sign for sign in compact(code) if sign.isalpha())
    letters = letters.removeprefix("z")  # « ZINACTIF » sorts last
    for beginning in ("eleves", "eleve", "division", "div", "classe"):
        letters = letters.removeprefix(beginning)
    if letters.startswith("inact"):
        return True
    return len(letters) >= 6 and any(Levenshtein.distance(letters, word) <= 1 for word in _INACTIVE)


def place(assignments: Iterable[tuple[str, str]]) -> Placement:
    """One class among the D ones: the last that is not « Inactifs »; every G one is a group."""
    divisions: dict[str, str] = {}
    groups: dict[str, str] = {}
    for kind, code in assignments:
        of_kind = divisions if kind == "D" else groups
        of_kind.setdefault(division_key(code), " ".join(code.split()))
    active = {key: code for key, code in divisions.items() if not is_inactive(code)}
    if not divisions:
        return Placement(groups=tuple(groups.values()))
    key, code = list((active or divisions).items())[-1]
    several = tuple(active.values()) if len(active) > 1 else ()
    return Placement(code, key, tuple(groups.values()), not active, several)
