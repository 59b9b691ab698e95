"""Lines of text in any of the languages of Préau, ready to draw: joined, ordered, each run in a font that has it."""

from __future__ import annotations

import re
from functools import lru_cache

from arabic_reshaper import reshape
from bidi.algorithm import get_display

from preau.web.pdf import ARABIC, ARABIC_BOLD, BOLD, REGULAR, Words, text_width

_ARABIC = {REGULAR: ARABIC, BOLD: ARABIC_BOLD}
# Letters, their joined forms, and the marks of Arabic; digits and Latin letters stay in the Latin font.
_RANGES = ((0x0600, 0x06FF), (0x0750, 0x077F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))
# The algorithm at hand pairs no brackets: those around Latin words stay with them by a mark on each side.
_BRACKETED = re.compile(r"\([^()\u0600-\u06ff\ufb50-\ufefc]*[A-Za-zÀ-ɏ][^()\u0600-\u06ff\ufb50-\ufefc]*\)")
_FROM_LEFT = "\u200e"


@lru_cache(maxsize=2048)  # leaflets of a school repeat the same sentences
def lines_of(text: str, *, font: str, size: float, width: float, from_right: bool) -> list[list[Words]]:
    """Break `text` at its spaces into lines of at most `width` points, each as pieces to draw from the left.

    Lines are broken as they are read, then put in the order they are drawn. A word wider than a line is cut.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and _width(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
        while _width(line, font, size) > width and len(line) > 1:
            cut = len(line) - 1
            while cut > 1 and _width(line[:cut], font, size) > width:
                cut -= 1
            lines.append(line[:cut])
            line = line[cut:]
    return [_runs(_drawn(one, from_right=from_right), font) for one in [*lines, line]]


def runs_width(runs: list[Words], size: float) -> float:
    """How wide these pieces are one after the other, in points."""
    return sum(text_width(text, font, size) for font, text in runs)


def _width(text: str, font: str, size: float) -> float:
    return runs_width(_runs(reshape(text), font), size)


def _drawn(text: str, *, from_right: bool) -> str:
    if not any(_is_arabic(char) for char in text) and not from_right:
        return text
    marked = _BRACKETED.sub(f"{_FROM_LEFT}\\g<0>{_FROM_LEFT}", reshape(text))
    return str(get_display(marked, base_dir="R" if from_right else "L")).replace(_FROM_LEFT, "")


def _runs(text: str, font: str) -> list[Words]:
    """Cut where the script changes; a space goes on with what precedes it."""
    runs: list[Words] = []
    for char in text:
        wanted = _ARABIC[font] if _is_arabic(char) else font
        if runs and (char == " " or runs[-1][0] == wanted):
            runs[-1] = (runs[-1][0], runs[-1][1] + char)
        else:
            runs.append((wanted, char))
    return runs


def _is_arabic(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _RANGES)
