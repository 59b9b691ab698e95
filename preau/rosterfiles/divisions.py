"""From what a pupil is assigned to in the file to one class and some groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from preau.rosterfiles.names import compact

_INACTIVE = ("inactif", "inactifs", "inactive", "inactives")


@dataclass(frozen=True, slots=True)
class Structure:
    """A class (D) or a group (G), as one pupil or many are assigned to it."""

    kind: str
    code: str  # as displayed
    key: str  # what to compare
    inactive: bool


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


def structure(kind: str, code: str) -> Structure:
    """What a TYPE_STRUCTURE and a CODE_STRUCTURE say."""
    return Structure(kind, " ".join(code.split()), division_key(code), kind == "D" and is_inactive(code))


def place(structures: Iterable[Structure]) -> Placement:
    """One class among the D ones: the last that is not « Inactifs »; every G one is a group."""
    divisions: dict[str, Structure] = {}
    groups: dict[str, str] = {}
    for each in structures:
        if each.kind == "D":
            divisions.setdefault(each.key, each)
        else:
            groups.setdefault(each.key, each.code)
    if not divisions:
        return Placement(groups=tuple(groups.values()))
    if len(divisions) == 1:  # nearly everybody
        (kept,) = divisions.values()
        return Placement(kept.code, kept.key, tuple(groups.values()), kept.inactive)
    active = [each for each in divisions.values() if not each.inactive]
    kept = active[-1] if active else next(reversed(divisions.values()))
    several = tuple(each.code for each in active) if len(active) > 1 else ()
    return Placement(kept.code, kept.key, tuple(groups.values()), kept.inactive, several)
