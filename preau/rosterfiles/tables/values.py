"""What the cells of a list mean: names in one cell, dates in three shapes, classes that a spreadsheet changed."""

from __future__ import annotations

import re
from datetime import date, timedelta

from preau.rosterfiles.dates import UnreadableDate, parse_date
from preau.rosterfiles.names import compact
from preau.rosterfiles.tables.table import Cell

_EMPTY = frozenset({"nonsaisi", "nonsaisie", "nonrenseigne", "nonrenseignee"})
_EMPTY_SIGNS = frozenset({"-", "--", "—", "–", ".", "/", "#N/A", "#REF!", "#VALUE!"})
_PARTICLES = frozenset(
    {
        *(
            "de",
            "du",
            "des",
            "d",
            "la",
            "le",
            "les",
            "l",
            "van",
            "von",
            "der",
            "den",
            "zu",
            "da",
            "das",
            "do",
        ),
        *("dos", "di", "del", "della", "el", "al", "ben", "ibn", "o", "mac", "mc", "af", "av"),
    }
)
_DOTTED = re.compile(r"(\d{1,2})[-. ](\d{1,2})[-. ](\d{4})", re.ASCII)
_SERIAL = re.compile(r"(\d{4,5})(?:[.,]\d+)?", re.ASCII)
_CLOCK = re.compile(r"[ T]\d{1,2}[:h]\d{2}(?::\d{2}(?:\.\d+)?)?Z?$", re.ASCII)
_MANGLED = re.compile(r"\d+(?:[.,]\d+)?E[+-]?\d+", re.ASCII | re.IGNORECASE)
_DAY_LIKE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}", re.ASCII)
_POINT_ZERO = re.compile(r"(\d+)[.,]0+", re.ASCII)
_SERIAL_FROM, _SERIAL_TO = 3_000, 80_000  # 1908 to 2119
_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)


def filled(text: str) -> str:
    """The text, or "" for what some software writes in an empty cell (FACTOS: « Non saisi »)."""
    if text in _EMPTY_SIGNS:
        return ""
    return "" if text[:3].lower() == "non" and compact(text) in _EMPTY else text


def split_name(text: str) -> tuple[str, str, bool]:
    """Surname, given name, and whether the limit between them is sure.

    The surname is the words in capitals, particles included, at the start or else at the end: « DE LA
    TOUR Jean-Luc », « d’ALMEIDA Rui », « Léa MARTIN ». A comma, when there is one, is the limit.
    """
    before, comma, after = text.partition(",")
    if comma and before.strip() and after.strip():
        return before.strip(), after.strip(), True
    words = text.replace(",", " ").split()
    if count := _surname_words(words):
        return " ".join(words[:count]), " ".join(words[count:]), True
    if count := _surname_words(words[::-1]):
        while count + 1 < len(words) and _is_particle(words[-count - 1]):
            count += 1
        return " ".join(words[-count:]), " ".join(words[:-count]), True
    if len(words) < 2:
        return " ".join(words), "", False
    if all(map(_in_capitals, words)):
        return " ".join(words[:-1]), words[-1], False
    return words[0], " ".join(words[1:]), False


def _surname_words(words: list[str]) -> int:
    """How many first words are a surname in capitals; 0 when none is, or when all are."""
    count = 0
    for at, word in enumerate(words):
        if _in_capitals(word):
            count = at + 1
        elif not _is_particle(word):
            break
    return count if count < len(words) else 0


def _in_capitals(word: str) -> bool:
    if re.match(r"[a-zà-ÿ]{1,2}['’]", word):  # « d’ALMEIDA »
        word = re.split("['’]", word, maxsplit=1)[1]
    # « J. » and « A » are initials of given names rather than surnames.
    return word == word.upper() and sum(map(str.isalpha, word)) > 1


def _is_particle(word: str) -> bool:
    return compact(word) in _PARTICLES


def date_text(cell: Cell, *, from_1904: bool) -> str:
    """A date in a form that `parse_date` reads; what is no date stays as it is, to be shown."""
    if isinstance(cell, date):
        return cell.isoformat()
    text = _CLOCK.sub("", filled(cell))
    if match := _DOTTED.fullmatch(text):
        return "/".join(match.groups())
    if (match := _SERIAL.fullmatch(text)) and _SERIAL_FROM < int(match[1]) < _SERIAL_TO:
        epoch = _EPOCH_1904 if from_1904 else _EPOCH_1900
        return (epoch + timedelta(days=int(match[1]))).isoformat()
    return text


def is_date(cell: Cell) -> bool:
    """Whether a cell holds a date that can be read."""
    try:
        parse_date(date_text(cell, from_1904=False))
    except UnreadableDate:
        return False
    return True


def codes_of(cell: Cell, text: str) -> tuple[list[str], list[str]]:
    """The classes or groups of one cell, and those of them that a spreadsheet changed.

    « 6E1 » opened as a number is 6.00E+01, « 3-4 » opened as a day is a date: what was typed is lost.
    """
    if isinstance(cell, date) or _DAY_LIKE.fullmatch(text) or _MANGLED.fullmatch(text):
        mangled = isinstance(cell, date) or not re.fullmatch(r"\dE\d{1,2}", text, re.IGNORECASE)
        return [text], [text] if mangled else []
    if match := _POINT_ZERO.fullmatch(text):
        return [match[1]], []
    parts = (filled(" ".join(part.split()).strip("[] ")) for part in re.split(r"[,;|]", text))
    return [part for part in dict.fromkeys(parts) if part], []
