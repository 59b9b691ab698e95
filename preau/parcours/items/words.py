"""A short answer as a person means it: case, accents, spaces, an article or a slip of the finger do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from anyascii import anyascii
from rapidfuzz.distance import OSA

from preau.web.french import NARROW, NO_BREAK

_ARTICLE = re.compile(r"^(?:l'|d'|(?:le|la|les|un|une|des|du|de|d|l)\s+)", re.IGNORECASE)
_QUOTES = re.compile(r"[‘’ʼ´`]")
_DATE = re.compile(r"\d{1,2}/\d{1,2}(?:/\d{4})?")
_EDGES = " \t\n.,;:!?\"'«»()[]"
_NUMBER = re.compile(
    r"""(?P<about>≈|~|environ)?\s*
        (?P<sign>[-+−–]?)\s*
        (?P<digits>\d{1,3}(?:[ ]\d{3})+|\d+)
        (?:[.,](?P<decimals>\d+))?
        \s*(?P<unit>[^\d].*)?""",
    re.VERBOSE,
)


def plain(text: str) -> str:
    """`text` in small plain letters, one space between words, no quotes or punctuation at its ends."""
    text = _QUOTES.sub("'", unicodedata.normalize("NFKC", text))
    text = " ".join(anyascii(text.strip(_EDGES)).casefold().strip(_EDGES).split())
    return re.sub(r"\b0(?=\d)", "", text) if _DATE.fullmatch(text) else text


def bare(text: str) -> str:
    """The same without a leading article."""
    text = plain(text)
    return _ARTICLE.sub("", text) or text


def slips(answer: str) -> int:
    """How many slips of the finger an answer of this length forgives; none in codes, addresses and figures."""
    if not re.fullmatch(r"[a-z' -]+", answer) or len(answer) < 5:
        return 0
    return 1 if len(answer) < 9 else 2


def same_words(given: str, answers: Iterable[str], *, never: Iterable[str] = (), exact: bool = False) -> bool:
    """Whether `given` is one of `answers`, near spellings included, unless it is one of `never`.

    `exact` forgives case, accents and spaces only.
    """
    typed = bare(given)
    if not typed or typed in {bare(one) for one in never}:
        return False
    for answer in map(bare, answers):
        if typed == answer or typed.replace(" ", "") == answer.replace(" ", ""):
            return True
        if not exact and OSA.distance(typed, answer, score_cutoff=slips(answer)) <= slips(answer):
            return True
    return False


def number(given: str) -> tuple[Decimal, str] | None:
    """The number written in `given` and the unit after it; None when there is none.

    Comma or point, spaces between thousands, a sign.
    """
    text = " ".join(given.replace(NARROW, " ").replace(NO_BREAK, " ").split())
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    sign = "-" if found["sign"] in {"-", "−", "–"} else ""
    try:
        value = Decimal(f"{sign}{found['digits'].replace(' ', '')}.{found['decimals'] or '0'}")
    except InvalidOperation:
        return None
    return value, (found["unit"] or "").strip()


def in_unit(value: Decimal, unit: str, units: Mapping[str, Decimal]) -> Decimal | None:
    """`value` in the item's own unit; None when the unit is not one that measures the same thing.

    `units`: how many of the item's unit each accepted unit is worth, « Go » → 1000 when the item asks for Mo.
    """
    if not unit:
        return value
    for name, worth in units.items():
        if _singular(unit) == _singular(name):
            return value * worth
    return None


def _singular(unit: str) -> str:
    text = plain(unit)
    return text[:-1] if len(text) > 2 and text.endswith("s") else text


def french(value: Decimal) -> str:
    """A number as one writes it: 1 234,5."""
    text = f"{value.normalize():f}" if value else "0"
    whole, _, decimals = text.partition(".")
    grouped = f"{int(whole.lstrip('-')):,}".replace(",", NARROW)
    return ("−" if text.startswith("-") else "") + grouped + (f",{decimals}" if decimals else "")
