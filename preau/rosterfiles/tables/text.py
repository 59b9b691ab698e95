"""Tables in text: which encoding, which separator, which quotes.

The standard library's Sniffer trusts the first lines too much: here each separator is tried, and the
one that shows the most known column titles wins.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from preau.rosterfiles.limits import Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.tables.discretion import discreet
from preau.rosterfiles.tables.headers import best_score
from preau.rosterfiles.tables.table import Line, Sheet, Table, clean_lines, without_blanks

SEPARATORS = ";\t,|:"
_HEAD_LINES = 40
_LINES_OF_ONE_RECORD = 200
_BLANKS_PER_ROW = 10
_SEP_LINE = re.compile(r'\s*"?sep=(\\t|.)"?;*\s*', re.IGNORECASE)
_MARKUP = re.compile("</[A-Za-z]|/>|<[A-Z_]+>")  # an XML file that lost its beginning is not a list
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(data: bytes) -> tuple[str, str | None]:
    """The text, and the encoding that its mark wrongly says it is in.

    A mark first, else strict UTF-8, else Windows-1252, of which ISO-8859-1 is nearly a part.
    """
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace"), None
    sample = data[:2_000]
    if (zeros := sample.count(0)) > len(sample) // 4:
        return data.decode("utf-16-le" if sample[1::2].count(0) * 2 > zeros else "utf-16-be", "replace"), None
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        marked = data.startswith(codecs.BOM_UTF8)
        text = data.removeprefix(codecs.BOM_UTF8).decode("cp1252", "replace")
        return text, "UTF-8" if marked else None


def is_text(head: bytes) -> bool:
    """Whether these first bytes of a file can be those of a list that somebody could read."""
    text, _ = decoded(head)
    return bool(text.strip("\ufeff\0 \r\n\t")) and not _BINARY.search(text) and not _MARKUP.search(text)


def open_text(data: bytes, limits: Limits) -> Table:
    """Open a table in text. Raises UnreadableFile when it is larger than a school or broken."""
    text, contradicts = decoded(data)
    if text.count("\n") + text.count("\r") > limits.table_rows * _BLANKS_PER_ROW:
        raise UnreadableFile("TABLE_TOO_LARGE", limit=limits.table_rows, what="lignes")
    lines = io.StringIO(text, newline=None).readlines()
    for at, line in enumerate(lines):
        if len(line) > limits.record_bytes:
            raise UnreadableFile("TABLE_DAMAGED", line=at + 1)
    said = _said_separator(lines)
    separator, first = (_best_separator(lines), 0) if said is None else (said, 1)
    odd_quotes = False
    try:
        rows = _rows(lines, separator, first=first, quoted=True, limits=limits)
    except csv.Error:
        odd_quotes = True
        rows = _unquoted(lines, separator, first, limits)
    return Table((Sheet("", tuple(rows)),), odd_quotes=odd_quotes, contradicts=contradicts)


def _said_separator(lines: list[str]) -> str | None:
    match = _SEP_LINE.fullmatch(lines[0].lstrip("\ufeff")) if lines else None
    return None if match is None else match[1].replace("\\t", "\t")


def _best_separator(lines: list[str]) -> str:
    """The one that shows the most known titles; failing that, the most rows of one width."""
    head = [line for line in lines if line.strip()][:_HEAD_LINES]
    return max(SEPARATORS, key=lambda separator: _merit(head, separator))


def _merit(head: list[str], separator: str) -> tuple[float, int]:
    rows = []
    try:
        rows = list(csv.reader(head, delimiter=separator))
    except csv.Error:
        rows = [line.split(separator) for line in head]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return best_score(rows), max(widths.values(), default=0)


def _rows(lines: list[str], separator: str, *, first: int, quoted: bool, limits: Limits) -> list[Line]:
    rows: list[Line] = []
    for row in discreet(_records(lines, separator, first=first, quoted=quoted, limits=limits)):
        rows.append(row)
        _check_height(rows, limits)
    return rows


def _records(lines: list[str], separator: str, *, first: int, quoted: bool, limits: Limits) -> Iterator[Line]:
    feed = _Feed(lines[first:])
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    for cells in csv.reader(feed, delimiter=separator, quoting=quoting, strict=quoted):
        number, feed.since = first + feed.done - feed.since + 1, 0
        _check_width(cells, limits)
        if quoted and any("\n" in cell and _holds_rows(cell, separator, len(cells)) for cell in cells):
            raise csv.Error("a stray quote swallowed rows")
        if kept := without_blanks([clean_lines(cell) for cell in cells]):
            yield Line(number, kept)


def _holds_rows(cell: str, separator: str, width: int) -> bool:
    """Whether a line inside a cell looks like a row of the table."""
    return any(line.count(separator) >= max(2, (width - 1) // 2) for line in cell.split("\n"))


def _unquoted(lines: list[str], separator: str, first: int, limits: Limits) -> list[Line]:
    """The same with quotes as letters, less those around a whole cell."""
    try:
        rows = _rows(lines, separator, first=first, quoted=False, limits=limits)
    except csv.Error:
        raise UnreadableFile("TABLE_DAMAGED", line=1) from None
    return [Line(row.number, tuple(_unwrapped(str(cell)) for cell in row.cells)) for row in rows]


def _unwrapped(cell: str) -> str:
    wrapped = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].strip() if wrapped else cell


def _check_width(cells: list[str], limits: Limits) -> None:
    if len(cells) > limits.columns and any(cells[limits.columns :]):
        raise UnreadableFile("TABLE_TOO_LARGE", limit=limits.columns, what="colonnes")


def _check_height(rows: list[Line], limits: Limits) -> None:
    if len(rows) > limits.table_rows:
        raise UnreadableFile("TABLE_TOO_LARGE", limit=limits.table_rows, what="lignes")


class _Feed:
    """Gives lines to the reader, counts them, and stops a record that a stray quote makes endless."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.done = 0
        self.since = 0  # lines of the record being read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.done += 1
        self.since += 1
        if self.since > _LINES_OF_ONE_RECORD:
            raise csv.Error("a record does not end")
        return line
