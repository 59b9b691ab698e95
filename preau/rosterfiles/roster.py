"""From the rows of one file to its pupils: who they are, where they are, what is doubtful."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import overload

from preau.rosterfiles.checks import Checker, check_school, check_year
from preau.rosterfiles.dates import UnreadableDate, date_or_none, parse_stamp
from preau.rosterfiles.divisions import Placement, place
from preau.rosterfiles.doubles import LOCAL_ID, Sorted, column_of, sort_doubles
from preau.rosterfiles.identifiers import normalise_uai
from preau.rosterfiles.problems import make_problem
from preau.rosterfiles.pupil import Problem, Pupil, RosterFile, Status
from preau.rosterfiles.siecle import Assignments, Harvest, Row

NOWHERE = Placement()


class Pupils(Sequence[Pupil]):
    """The pupils of a file, packed; each is made anew when it is asked for, at some 3 µs."""

    __slots__ = ("_make", "_rows")

    def __init__(self, rows: list[str], make: Callable[[Row], Pupil]) -> None:
        self._rows = rows
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Pupil]:
        return map(self._make, map(Row.unpacked, self._rows))

    @overload
    def __getitem__(self, index: int) -> Pupil: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Pupil]: ...
    def __getitem__(self, index: int | slice) -> Pupil | Sequence[Pupil]:
        if isinstance(index, slice):
            return Pupils(self._rows[index], self._make)
        return self._make(Row.unpacked(self._rows[index]))


@dataclass(frozen=True, slots=True)
class PupilMaker:
    """Turns rows into pupils: knows their classes, and the day that exits are compared to."""

    assignments: dict[str, Assignments]
    reference: date

    def placement(self, row: Row) -> Placement:
        """The class and groups of one row."""
        assignments = self.assignments.get(row.local_id)
        return place(assignments) if assignments else NOWHERE

    def __call__(self, row: Row, placement: Placement | None = None) -> Pupil:
        """The pupil of one row; whoever has its placement already gives it."""
        if placement is None:
            placement = self.placement(row)
        entered, left = date_or_none(row.entered), date_or_none(row.left)
        second, third = row.second_name, row.third_name
        came_back = entered is not None and left is not None and entered > left
        gone = left is not None and left < self.reference and not came_back
        return Pupil(
            row.local_id or None,
            row.ine or None,
            row.ine_alias or None,
            row.last_name,
            row.usage_name or None,
            row.first_name,
            ((second, third) if second else (third,)) if third else (second,) if second else (),
            date_or_none(row.born),
            placement.division,
            placement.division_key,
            placement.groups,
            Status.LEFT if gone or placement.inactive else Status.PRESENT,
            left if gone else None,
            entered,
            int(row.line),
        )


def export_moment(header: dict[str, str]) -> tuple[date | None, datetime | None, bool]:
    """The day and the moment of the export, and whether one of them was there but unreadable."""
    unreadable = False
    exported_at = exported_on = None
    if stamp := header.get("HORODATAGE"):
        try:
            exported_at = parse_stamp(stamp)
        except UnreadableDate:
            unreadable = True
    if day := header.get("DATE_EXPORT"):
        exported_on = date_or_none(day)
        unreadable = unreadable or exported_on is None
    if exported_on is None and exported_at is not None:
        exported_on, unreadable = exported_at.date(), False
    return exported_on, exported_at, unreadable


def settle(
    found: Harvest,
    *,
    notes: list[Problem],
    today: date,
    expected_uais: frozenset[str] | None,
    school_year: int,
) -> RosterFile:
    """Say who is in the file, and everything that has to be known before importing it."""
    exported_on, exported_at, unreadable = export_moment(found.header)
    uai = normalise_uai(found.header.get("UAJ", ""))[:20]
    year = year_of(found.header.get("ANNEE_SCOLAIRE", ""))
    make = PupilMaker(found.assignments, exported_on or today)
    doubles = sort_doubles(found.rows, make)
    of_file = [*notes, *check_school(uai, expected_uais), *check_year(year, school_year)]
    if unreadable:
        of_file.append(make_problem("EXPORT_DATE_UNREADABLE"))
    of_file += _structure_notes(found, doubles)
    rows, blocked, of_pupils = _sift(found, make, doubles, today)
    of_pupils.sort(key=lambda problem: problem.line or 0)
    return RosterFile(
        source="siecle",
        uai=uai or None,
        school_year=year,
        exported_on=exported_on,
        exported_at=exported_at,
        version=found.version,
        pupils=Pupils(rows, make),
        blocked=tuple(blocked),
        problems=(*of_file, *of_pupils),
        unreadable=False,
    )


def _sift(
    found: Harvest, make: PupilMaker, doubles: Sorted, today: date
) -> tuple[list[str], list[Pupil], list[Problem]]:
    """The rows to import, the pupils to leave out, and the problems of both."""
    checker = Checker(today, bool(found.assignments), frozenset(found.doubled_assignments))
    rows: list[str] = []
    blocked: list[Pupil] = []
    problems = list(doubles.problems)
    for at, text in enumerate(found.rows):
        if at in doubles.merged:
            continue
        row = Row.unpacked(text)
        placement = make.placement(row)
        pupil = make(row, placement)
        problems += checker.problems(row, pupil, placement)
        if at in doubles.blocked or not (row.local_id or row.ine):
            blocked.append(pupil)
        else:
            rows.append(text)
    return rows, blocked, problems


def _structure_notes(found: Harvest, doubles: Sorted) -> Iterator[Problem]:
    if not any(found.assignments.values()):
        yield make_problem("NO_STRUCTURES")
    if found.unknown_types:
        yield make_problem("STRUCTURE_TYPE_UNKNOWN", count=found.unknown_types)
    placed = sum(column_of(row, LOCAL_ID) in found.assignments for row in found.rows)
    placed -= sum(local_id in found.assignments for local_id in doubles.repeats)
    if orphans := len(found.assignments) - placed + found.nameless_assignments:
        yield make_problem("STRUCTURES_ORPHAN", count=orphans)


def year_of(text: str) -> int | None:
    """The year of the rentrée: « 2026 », or « 2026-2027 » as people write it."""
    match = re.fullmatch(r"([12]\d{3})(?:\s*[-/]\s*\d{2,4})?", text.strip(), re.ASCII)
    return None if match is None else int(match[1])
