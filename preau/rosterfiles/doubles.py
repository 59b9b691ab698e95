"""Pupils listed twice, and numbers that two people share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from preau.rosterfiles.names import fold
from preau.rosterfiles.problems import make_problem
from preau.rosterfiles.pupil import Problem, Pupil, PupilRef, Status
from preau.rosterfiles.siecle import SEPARATOR, Row


@dataclass(slots=True)
class Sorted:
    """What becomes of the rows that share a number: positions in the file, and why."""

    merged: set[int] = field(default_factory=set)  # another row of the same person is kept
    blocked: set[int] = field(default_factory=set)  # different people: none can be trusted
    problems: list[Problem] = field(default_factory=list)


def ref_of(pupil: Pupil) -> PupilRef:
    """The pupil, as a problem names them."""
    names = f"{pupil.usage_name or pupil.last_name} {pupil.first_name}".strip()
    return PupilRef(pupil.local_id, names, pupil.division)


def sort_doubles(rows: list[str], make: Callable[[Row], Pupil]) -> Sorted:
    """Find the rows that share an INE or an ELEVE_ID: merge one person, set apart different ones."""
    result = Sorted()
    for column, doubled, shared in (
        (0, "LOCAL_ID_DOUBLED", "LOCAL_ID_SHARED"),
        (1, "INE_DOUBLED", "INE_SHARED"),
    ):
        for positions in _sharing(rows, column, skip=result.merged):
            group = [(at, make(Row.unpacked(rows[at]))) for at in positions]
            _sort_group(group, doubled, shared, result)
    return result


def _sharing(rows: list[str], column: int, *, skip: set[int]) -> Iterable[list[int]]:
    """Positions of the rows with the same number, in the order of the file; only where there are several."""
    keys = [row.split(SEPARATOR, column + 1)[column] for row in rows]
    if len(set(keys)) == len(keys):
        return []
    groups: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        if key and at not in skip:
            groups.setdefault(key, []).append(at)
    return [positions for positions in groups.values() if len(positions) > 1]


def _sort_group(group: list[tuple[int, Pupil]], doubled: str, shared: str, result: Sorted) -> None:
    lines = ", ".join(str(pupil.line) for _, pupil in group)
    if len({_person(pupil) for _, pupil in group}) == 1:
        kept, pupil = max(group, key=_preference)
        result.merged.update(at for at, _ in group if at != kept)
        result.problems.append(make_problem(doubled, pupil=ref_of(pupil), line=pupil.line, lines=lines))
        return
    names = ", ".join(dict.fromkeys(ref_of(pupil).name for _, pupil in group))
    for at, pupil in group:
        result.blocked.add(at)
        result.problems.append(
            make_problem(shared, pupil=ref_of(pupil), line=pupil.line, lines=lines, names=names)
        )


def _person(pupil: Pupil) -> tuple[object, ...]:
    return fold(pupil.last_name), fold(pupil.first_name), pupil.birth_date


def _preference(entry: tuple[int, Pupil]) -> tuple[object, ...]:
    """Present first, then with a class, then the latest arrival, then the last written."""
    at, pupil = entry
    entered = pupil.entered_on.toordinal() if pupil.entered_on else 0
    return pupil.status is Status.PRESENT, pupil.division is not None, entered, at
