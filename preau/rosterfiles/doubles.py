"""Pupils listed twice, and numbers that two people share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice, pairwise

from preau.rosterfiles.names import fold
from preau.rosterfiles.problems import make_problem
from preau.rosterfiles.pupil import Problem, Pupil, PupilRef, Status
from preau.rosterfiles.siecle import SEPARATOR, Row

# Where Row keeps them.
LOCAL_ID, INE = 0, 1
MOST_NAMED = 10


@dataclass(slots=True)
class Sorted:
    """What becomes of the rows that share a number: positions in the file, and why."""

    merged: set[int] = field(default_factory=set)  # another row of the same person is kept
    blocked: set[int] = field(default_factory=set)  # different people: none can be trusted
    problems: list[Problem] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)  # each local_id, once per row too many


def ref_of(pupil: Pupil) -> PupilRef:
    """The pupil, as a problem names them."""
    names = f"{pupil.usage_name or pupil.last_name} {pupil.first_name}".strip()
    return PupilRef(pupil.local_id, names, pupil.division)


def sort_doubles(rows: list[str], make: Callable[[Row], Pupil]) -> Sorted:
    """Find the rows that share an INE or an ELEVE_ID: merge one person, set apart different ones."""
    result = Sorted()
    for column, doubled, shared in (
        (LOCAL_ID, "LOCAL_ID_DOUBLED", "LOCAL_ID_SHARED"),
        (INE, "INE_DOUBLED", "INE_SHARED"),
    ):
        for positions in _sharing(rows, column, skip=result.merged):
            group = [(at, make(Row.unpacked(rows[at]))) for at in positions]
            if column == LOCAL_ID:
                result.repeats += [group[0][1].local_id or ""] * (len(group) - 1)
            _sort_group(group, doubled, shared, result)
    return result


def column_of(row: str, column: int) -> str:
    """One field of a packed row."""
    return row.split(SEPARATOR, column + 1)[column]


def _sharing(rows: list[str], column: int, *, skip: set[int]) -> Iterable[list[int]]:
    """Positions of the rows with the same number, in the order of the file; only where there are several."""
    # Sorted fingerprints first: they take a fifth of the memory of a set of all the numbers.
    fingerprints = sorted(hash(column_of(row, column)) for row in rows)
    doubled = {here for here, after in pairwise(fingerprints) if here == after}
    if not doubled:
        return []
    groups: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        key = column_of(row, column)
        if key and hash(key) in doubled and at not in skip:
            groups.setdefault(key, []).append(at)
    return [positions for positions in groups.values() if len(positions) > 1]


def _sort_group(group: list[tuple[int, Pupil]], doubled: str, shared: str, result: Sorted) -> None:
    lines = enumerated(str(pupil.line) for _, pupil in group)
    if len({_person(pupil) for _, pupil in group}) == 1:
        kept, pupil = max(group, key=_preference)
        result.merged.update(at for at, _ in group if at != kept)
        result.problems.append(make_problem(doubled, pupil=ref_of(pupil), line=pupil.line, lines=lines))
        return
    names = enumerated(dict.fromkeys(ref_of(pupil).name for _, pupil in group))
    for at, pupil in group:
        result.blocked.add(at)
        result.problems.append(
            make_problem(shared, pupil=ref_of(pupil), line=pupil.line, lines=lines, names=names)
        )


def enumerated(texts: Iterable[str]) -> str:
    """The first few: a sentence must not grow with the file."""
    some = list(islice(texts, MOST_NAMED + 1))
    return ", ".join(some[:MOST_NAMED]) + ("…" if len(some) > MOST_NAMED else "")


def _person(pupil: Pupil) -> tuple[object, ...]:
    return fold(pupil.last_name), fold(pupil.first_name), pupil.birth_date


def _preference(entry: tuple[int, Pupil]) -> tuple[object, ...]:
    """Present first, then with a class, then the latest arrival, then the last written."""
    at, pupil = entry
    entered = pupil.entered_on.toordinal() if pupil.entered_on else 0
    return pupil.status is Status.PRESENT, pupil.division is not None, entered, at
