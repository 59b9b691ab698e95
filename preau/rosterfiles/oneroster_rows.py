"""The rows of one file of a OneRoster zip: only the columns asked for ever leave them.

Source: 1EdTech OneRoster 1.1 and 1.2 CSV binding. Titles met misspelt, in the singular, or repeated
in blank; rows longer or shorter than the titles.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from rapidfuzz.distance import Levenshtein

from preau.rosterfiles.encoding import as_utf8, detect
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.names import compact
from preau.rosterfiles.packaging import Document
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.progress import Meter
from preau.rosterfiles.tables.table import clean

Columns = Mapping[str, tuple[str, ...]]  # what each one is called, and may be called besides
Values = dict[str, str]

_SEPARATORS = ",;\t|"
_LINES_PER_ROW = 10  # a pupil has one enrollment for each class
_LONG_ENOUGH, _MISSPELT = 8, 2  # letters of a title, letters that may differ


class Rows:
    """The rows of one file, to go through once; `given` are the columns it has among those asked for.

    Raises UnreadableFile, when it is opened or later, for what no software would have written.
    """

    def __init__(self, part: Document, columns: Columns, limits: Limits, meter: Meter) -> None:
        self.name = PurePosixPath(part.name.replace("\\", "/")).name
        lines = _lines(part, limits, meter, self.name)
        titles = next((line for line in lines if line.strip()), "")
        known = {compact(title) for names in columns.items() for title in (names[0], *names[1])}
        separator = max(
            _SEPARATORS, key=lambda sign: sum(compact(title) in known for title in titles.split(sign))
        )
        self._reader = csv.reader(chain([titles], lines), delimiter=separator, strict=True)
        names = self._next() or []
        self._separator, self._width = separator, len(names)
        self._places = _places(names, columns)

    @property
    def given(self) -> frozenset[str]:
        """The columns that the file has."""
        return frozenset(self._places)

    def demand(self, *names: str) -> None:
        """Raises UnreadableFile when a column is missing."""
        if missing := [name for name in names if name not in self._places]:
            raise UnreadableFile("ONEROSTER_COLUMNS_MISSING", name=self.name, columns=", ".join(missing))

    def __iter__(self) -> Iterator[tuple[int, Values]]:
        while (cells := self._next()) is not None:
            if not any(cells):
                continue
            values = {
                name: clean(cells[place]) if place < len(cells) else ""
                for name, place in self._places.items()
            }
            if any("\n" in cell and self._swallows(at, cell) for at, cell in enumerate(cells)):
                raise self._damaged()
            yield self._reader.line_num, values

    def _swallows(self, place: int, cell: str) -> bool:
        """Whether a quote closed too late took the end of a line for a part of a cell, or whole rows with it."""
        rows = (line.count(self._separator) >= max(2, self._width // 2) for line in cell.split("\n"))
        return place in self._places.values() or any(rows)

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error:
            raise self._damaged() from None

    def _damaged(self) -> UnreadableFile:
        return UnreadableFile("ONEROSTER_DAMAGED", name=self.name, line=max(1, self._reader.line_num))


def _lines(part: Document, limits: Limits, meter: Meter, name: str) -> Iterator[str]:
    """Each line with its end, whatever the encoding and the line ends of the file."""
    codec = detect(part.head(), part.chunks).codec
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    rest, number = "", 0
    for chunk in chain(as_utf8(meter.over(part.chunks()), codec), [None]):
        rest += newlines.decode("" if chunk is None else chunk.decode(), final=chunk is None)
        *whole, rest = rest.split("\n")
        number += len(whole)
        if number > _LINES_PER_ROW * limits.table_rows:
            raise UnreadableFile("TABLE_TOO_LARGE", limit=_LINES_PER_ROW * limits.table_rows, what="lignes")
        if len(rest) > limits.record_bytes:
            raise UnreadableFile("ONEROSTER_DAMAGED", name=name, line=number + 1)
        yield from (line + "\n" for line in whole)
    if rest:
        yield rest


def _places(titles: Iterable[str], columns: Columns) -> dict[str, int]:
    """Where each column is: by its names first, else by a title that is nearly its own."""
    keys = {compact(title): place for place, title in reversed(list(enumerate(titles))) if compact(title)}
    places: dict[str, int] = {}
    for name, others in columns.items():
        key = next((key for key in map(compact, (name, *others)) if key in keys), None)
        if key is not None:
            places[name] = keys.pop(key)
    for name in columns:
        near = [key for key in keys if name not in places and _is_misspelt(key, compact(name))]
        if len(near) == 1:
            places[name] = keys.pop(near[0])
    return places


def _is_misspelt(key: str, name: str) -> bool:
    return (
        len(name) >= _LONG_ENOUGH
        and key[0] == name[0]
        and key + "s" != name  # another column may well be the singular of this one
        and Levenshtein.distance(key, name, score_cutoff=_MISSPELT) <= _MISSPELT
    )
