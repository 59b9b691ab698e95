"""A table as it was opened: sheets of rows of cells, before anybody knows what its columns mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

Cell = str | date  # never a datetime; "" is an empty cell

# Spaces that look like one, and what no cell should hold.
_SPACES = re.compile("[\\s\u00a0\u2007\u202f]+")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_MARKS = "\ufeff\u200b"


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not blank; `number` is where it stands in the file, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def text(self, column: int | None) -> str:
        """The text of a column, a date as JJ/MM/AAAA; "" beyond the last cell or for no column."""
        cell = self.cell(column)
        return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}" if isinstance(cell, date) else cell

    def cell(self, column: int | None) -> Cell:
        """The cell of a column, "" beyond the last one or for no column."""
        return self.cells[column] if column is not None and column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, without its blank rows; a text file is one sheet without a name."""

    name: str
    lines: tuple[Line, ...] = field(repr=False)  # may hold what nobody should read in a log


@dataclass(frozen=True, slots=True)
class Table:
    """All that was opened; hidden sheets are only named."""

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()
    from_1904: bool = False  # the epoch of the numbers that are dates
    odd_quotes: bool = False
    contradicts: str | None = None  # the encoding that the file wrongly says it is in


def clean(text: str) -> str:
    """A cell without the spaces around it; inside, one kind of space, and U+FFFD for control characters."""
    if text.isalnum() or (text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]):
        return text  # nearly always, and ten times as fast: no-break spaces are not printable
    return _CONTROLS.sub("\ufffd", _SPACES.sub(" ", text.strip(_MARKS))).strip(" " + _MARKS)


def clean_lines(text: str) -> str:
    """The same, for a cell where line ends separate several values: they become commas."""
    if "\n" in text or "\r" in text:
        text = ", ".join(part for line in text.splitlines() if (part := line.strip()))
    return clean(text)


def without_blanks(cells: list[Cell]) -> tuple[Cell, ...]:
    """The cells up to the last that is not blank."""
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return tuple(cells[:end])
