"""What the cells of a OneRoster file mean: statuses, dates in several shapes, numbers among others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from preau.rosterfiles.dates import date_or_none, school_year_of
from preau.rosterfiles.identifiers import ine_kind, normalise_ine
from preau.rosterfiles.names import compact
from preau.rosterfiles.oneroster_rows import Values

_PUPIL_ROLES = frozenset({"student", "students", "pupil", "eleve", "learner"})
_OVER = frozenset({"tobedeleted", "inactive", "deleted"})
_CLOCK = re.compile(r"[T ]\d.*$", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_TYPED = re.compile(r"\{\s*([^{}:]{0,40}):([^{}]{0,80})\}")
_JSON = re.compile(r'"type"\s*:\s*"([^"]{0,40})"\s*,\s*"identifier"\s*:\s*"([^"]{0,80})"')
_LONGEST_CELL = 2_000
_FIRST_SUMMER_MONTH = 6  # some name the school year from 1 July


def is_active(values: Values) -> bool:
    """Whether a row still holds: an empty status is an active one, in files that list everything."""
    return compact(values.get("status", "")) not in _OVER


def is_pupil(role: str) -> bool:
    """Whether one of the roles of a cell is a pupil's."""
    return any(compact(each) in _PUPIL_ROLES for each in ids_of(role))


def ids_of(text: str) -> list[str]:
    """The values of a cell that may hold several, « a,b » or « ["a","b"] »."""
    parts = (part.strip(" []\"'") for part in re.split(r"[,;]", text[:_LONGEST_CELL]))
    return [part for part in dict.fromkeys(parts) if part]


def ine_of(values: Values) -> str:
    """The national number, from wherever it was put; "" when nothing has the shape of one.

    Eight characters are one only where they are said to be.
    """
    typed = list(_typed(values.get("userIds", "")[:_LONGEST_CELL]))
    for kind, number in typed:
        if kind.startswith(("ine", "idnational", "identifiantnational")) and ine_kind(number):
            return normalise_ine(number)
    loose = (values.get("userMasterIdentifier", ""), values.get("identifier", ""))
    for number in (*loose, *(number for kind, number in typed if not kind)):
        if ine_kind(number) not in (None, "SURROGATE"):
            return normalise_ine(number)
    return ""


def _typed(text: str) -> Iterator[tuple[str, str]]:
    """Each kind and number of « {INE:123456789FJ},{LDAP:x} », of its JSON form, or bare."""
    found = _JSON.findall(text) or _TYPED.findall(text)
    if not found:
        found = [part.rpartition(":")[::2] for part in ids_of(text)]
    yield from ((compact(kind), number.strip(" \"'")) for kind, number in found)


def is_month_first(texts: Iterable[str]) -> bool:
    """Whether dates of one column are the American way: a second number over 12, and never a first one."""
    first = second = 0
    for text in texts:
        if match := _YEAR_LAST.fullmatch(_CLOCK.sub("", text)):
            first, second = max(first, int(match[1])), max(second, int(match[2]))
    return first <= 12 < second


def day_of(text: str, *, month_first: bool = False) -> str:
    """A date as AAAA-MM-JJ; what is no date stays as it is, to be shown."""
    short = _CLOCK.sub("", text)
    if match := _YEAR_FIRST.fullmatch(short):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(short):
        day, month, year = match.groups()
        if month_first:
            day, month = month, day
    else:
        return text
    return f"{year}-{int(month):02d}-{int(day):02d}"


def date_of(text: str) -> date | None:
    """The date, None when there is none."""
    return date_or_none(day_of(text))


def year_of_session(values: Values) -> int | None:
    """The year in which the school year of a session starts; its own `schoolYear` is the one it ends in."""
    start = date_of(values.get("startDate", ""))
    if start is not None and is_school_year(values) and start.month >= _FIRST_SUMMER_MONTH:
        return start.year
    said = values.get("schoolYear", "")
    if re.fullmatch(r"20\d\d", said, re.ASCII):
        return int(said) - 1
    return None if start is None else school_year_of(start)


def is_school_year(values: Values) -> bool:
    """Whether a session is a whole school year, rather than a term."""
    return compact(values.get("type", "")) == "schoolyear"
