"""Which school of a file that may hold several is the one to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from preau.rosterfiles.doubles import enumerated
from preau.rosterfiles.identifiers import check_uai
from preau.rosterfiles.problems import UnreadableFile


@dataclass(frozen=True, slots=True)
class Chosen:
    """A school: `key` is what the file calls it, None for whoever is in the file; `uai` may be unknown."""

    key: str | None
    uai: str


def choose_school(
    sizes: Mapping[str, int], uais: Mapping[str, str], *, named: str, expected: frozenset[str] | None
) -> Chosen:
    """The one school to read, from the number of pupils of each and from the UAI of those known.

    `named` is the UAI that the file's name gives, or "". Raises UnreadableFile when several schools
    could be meant, or when it is certain that none of those expected is there.
    """
    known = {key: uai for key in sizes if (uai := uais.get(key) or valid_uai(key))}
    if not sizes:
        return Chosen(None, named)
    if len(sizes) == 1:
        (key,) = sizes
        return Chosen(key, known.get(key) or named)
    for wanted in (expected or frozenset(), {named}):
        fitting = [key for key, uai in known.items() if uai in wanted]
        if len(fitting) == 1:
            return Chosen(fitting[0], known[fitting[0]])
    most = max(sizes, key=lambda key: sizes[key])
    # One school's file lists a few pupils whose main school is another.
    if named and most not in known and 2 * sizes[most] > sum(sizes.values()):
        return Chosen(most, named)
    names = _enumerated_schools(known.get(key, key) for key in sizes)
    if expected and len(known) == len(sizes) and not expected & set(known.values()):
        raise UnreadableFile("NOT_OUR_SCHOOL", schools=names, expected=" ou ".join(sorted(expected)))
    raise UnreadableFile("SEVERAL_SCHOOLS", schools=names)


def valid_uai(text: str) -> str:
    """The UAI that a text is, "" when it is none."""
    check = check_uai(text)
    return check.uai if check.valid else ""


def _enumerated_schools(names: Iterable[str]) -> str:
    return enumerated(name[:40] for name in names)
