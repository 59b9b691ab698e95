"""What is doubtful about one pupil, and what must be settled about one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from preau.rosterfiles.dates import age_on, date_or_none
from preau.rosterfiles.divisions import Placement
from preau.rosterfiles.doubles import ref_of
from preau.rosterfiles.identifiers import check_uai, ine_problem, mask_ine
from preau.rosterfiles.problems import make_problem
from preau.rosterfiles.pupil import Problem, Pupil, Status
from preau.rosterfiles.siecle import BORN_NOWHERE, CUT, Row

_YOUNGEST, _OLDEST = 3, 30
# « ? » is what the export writes for a character it cannot; the rest has no place in a name.
_DOUBTFUL = re.compile("[?\ufffd\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True)
class Checker:
    """Says what is doubtful about each pupil of one file."""

    today: date
    with_structures: bool
    doubled_assignments: frozenset[str]

    def problems(self, row: Row, pupil: Pupil, placement: Placement) -> Iterator[Problem]:
        """Every problem of one pupil; most have none."""
        for code, facts in self._doubts(row, pupil, placement):
            yield make_problem(code, pupil=ref_of(pupil), line=pupil.line, **facts)

    def _doubts(self, row: Row, pupil: Pupil, placement: Placement) -> Iterator[tuple[str, dict[str, Any]]]:
        if pupil.local_id is None:
            yield "LOCAL_ID_MISSING" if pupil.ine else "NO_IDENTITY", {}
        if pupil.ine is None:
            yield "INE_MISSING", {}
        elif (oddity := ine_problem(pupil.ine)) is not None:
            yield f"INE_{oddity}", {"ine": mask_ine(pupil.ine)}
        if not pupil.last_name or not pupil.first_name:
            yield "NAME_MISSING", {}
        if _DOUBTFUL.search("".join((pupil.last_name, row.usage_name, pupil.first_name, row.second_name))):
            yield "NAME_DOUBTFUL", {}
        if CUT in row.oddities:
            yield "TEXT_TOO_LONG", {}
        yield from self._doubtful_dates(row, pupil)
        if BORN_NOWHERE in row.oddities:
            yield "BIRTH_PLACE_MISSING", {}
        yield from self._doubtful_class(pupil, placement)

    def _doubtful_dates(self, row: Row, pupil: Pupil) -> Iterator[tuple[str, dict[str, Any]]]:
        if pupil.birth_date is None:
            yield "BIRTH_DATE_UNREADABLE" if row.born else "BIRTH_DATE_MISSING", {}
        elif not _YOUNGEST <= (age := age_on(pupil.birth_date, self.today)) <= _OLDEST:
            yield "AGE_UNLIKELY", {"age": age}
        if row.entered and pupil.entered_on is None:
            yield "ENTRY_DATE_UNREADABLE", {}
        if row.left and date_or_none(row.left) is None:
            yield "EXIT_DATE_UNREADABLE", {}

    def _doubtful_class(self, pupil: Pupil, placement: Placement) -> Iterator[tuple[str, dict[str, Any]]]:
        if pupil.local_id in self.doubled_assignments:
            yield "STRUCTURES_DOUBLED", {}
        if placement.inactive:
            yield "DIVISION_INACTIVE", {"division": placement.division}
        elif placement.several:
            yield "DIVISION_SEVERAL", {"divisions": ", ".join(placement.several)}
        elif placement.division is None and self.with_structures and pupil.status is Status.PRESENT:
            yield "DIVISION_MISSING", {}


def check_school(uai: str, expected_uais: frozenset[str] | None) -> Iterator[Problem]:
    """Whether the file says which school it comes from, and whether it is one of those expected."""
    if not uai:
        yield make_problem("UAI_MISSING")
        return
    check = check_uai(uai)
    if check.expected is None:
        yield make_problem("UAI_SHAPE", uai=check.uai[:20])
    elif not check.valid:
        yield make_problem("UAI_KEY", uai=check.uai, expected=check.expected)
    elif expected_uais is not None and check.uai not in expected_uais:
        yield make_problem(
            "UAI_OTHER_SCHOOL", uai=check.uai, expected=" ou ".join(sorted(expected_uais)) or "la vôtre"
        )


def check_year(year: int | None, current: int) -> Iterator[Problem]:
    """Whether the file is of the current school year, named by its rentrée."""
    facts: dict[str, Any] = {"current": _school_year(current), "start": year}
    if year is None:
        yield make_problem("YEAR_MISSING", **facts)
    elif year != current:
        code = "YEAR_OLDER" if year < current else "YEAR_NEWER"
        yield make_problem(code, year=_school_year(year), **facts)


def _school_year(start: int) -> str:
    return f"{start}-{start + 1}"
