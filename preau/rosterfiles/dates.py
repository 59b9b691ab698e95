"""Dates as SIECLE writes them, and as people rewrite them."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


class UnreadableDate(ValueError):
    """The text is not a date, or its year has only two digits."""


@lru_cache(maxsize=16_384)
def parse_date(text: str) -> date:
    """Read JJ/MM/AAAA or AAAA-MM-JJ; raises UnreadableDate for anything else."""
    try:
        if match := _FRENCH.fullmatch(text):
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        if match := _ISO.fullmatch(text):
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    raise UnreadableDate(text)


def date_or_none(text: str) -> date | None:
    """The date, or None when there is none or when it cannot be read."""
    if not text:
        return None
    try:
        return parse_date(text)
    except UnreadableDate:
        return None


def parse_stamp(text: str) -> datetime:
    """Read JJ/MM/AAAA HH:MM:SS, naive; raises UnreadableDate for anything else."""
    day, _, clock = text.strip().replace("T", " ").partition(" ")
    match = _CLOCK.fullmatch(clock.strip())
    if match is None:
        raise UnreadableDate(text)
    hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime.combine(parse_date(day), datetime.min.time()).replace(
            hour=hour, minute=minute, second=second
        )
    except ValueError:
        raise UnreadableDate(text) from None


def school_year_of(day: date) -> int:
    """The year of the rentrée that `day` belongs to; it changes on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on `day`; negative before birth."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
