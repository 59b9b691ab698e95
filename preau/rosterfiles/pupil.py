"""What a roster file says, once read: frozen values, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preau.rosterfiles.tables.columns import Mapping, Sample


class Status(StrEnum):
    """Whether the file says the pupil is in the school."""

    PRESENT = "PRESENT"
    LEFT = "LEFT"


class Severity(StrEnum):
    """What a problem prevents: everything, nothing, or nothing yet but somebody has to act."""

    REFUSED = "REFUSED"
    WARNING = "WARNING"
    TODO = "TODO"


class Who(StrEnum):
    """Who can put a problem right."""

    SECRETARIAT = "SECRETARIAT"
    HEAD = "HEAD"
    ENT_ADMIN = "ENT_ADMIN"
    PREAU = "PREAU"


@dataclass(frozen=True, slots=True)
class Pupil:
    """One pupil as the file lists them; what is missing or empty in the file is None.

    Kept: what an identity, a class and a way in need (CNIL, data minimisation). Sex, birth place,
    address, phone, mail and parents are never held.
    """

    local_id: str | None  # ELEVE_ID without leading zeros: unique within one school
    ine: str | None  # RNIE, else ID_NATIONAL, else BEA; normalised, not always valid
    ine_alias: str | None  # the BEA number, when `ine` is another one
    last_name: str
    usage_name: str | None  # only when it differs from last_name
    first_name: str
    other_first_names: tuple[str, ...]
    birth_date: date | None
    division: str | None  # as displayed; None is « sans classe »
    division_key: str | None  # what to compare
    groups: tuple[str, ...]
    status: Status
    left_on: date | None  # only when status is LEFT, and the file gives the date
    entered_on: date | None
    line: int  # of the ELEVE tag, from 1


@dataclass(frozen=True, slots=True)
class PupilRef:
    """Enough of a pupil to find them again in the school's own software."""

    local_id: str | None
    name: str
    division: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to know, or to do, about a file or about one of its pupils."""

    severity: Severity
    code: str
    who: Who
    message: str
    pupil: PupilRef | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RosterFile:
    """All that was understood of one file.

    `pupils` can be iterated again and again: large files hold them packed and make each `Pupil` on
    demand. `blocked` are pupils that the file lists but whose identity is not certain: they are not
    to be imported, nor taken for departed.
    """

    source: str
    uai: str | None
    school_year: int | None
    exported_on: date | None
    exported_at: datetime | None  # naive: the file gives the wall clock of the school
    version: str | None
    pupils: Sequence[Pupil]
    blocked: tuple[Pupil, ...]
    problems: tuple[Problem, ...]
    unreadable: bool
    # Of tables only: a person has to say what the columns are, here is what to show them.
    needs_mapping: bool = False
    sample: Sample | None = None
    mapping: Mapping | None = None  # how the columns were read
    # Attributes of Pupil that have no column: they are None or empty because nothing is said of them.
    silent_on: frozenset[str] = frozenset()

    @property
    def refused(self) -> bool:
        """Whether something must be settled (school, year) or replaced (the file) before importing."""
        return any(problem.severity is Severity.REFUSED for problem in self.problems)
