"""A table while a person says what its columns are: its cells, without those that nobody should keep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from preau.rosterfiles.limits import Limits
from preau.rosterfiles.packaging import unpacked
from preau.rosterfiles.pupil import RosterFile
from preau.rosterfiles.recognise import Format, recognise
from preau.rosterfiles.tables.columns import Mapping, lay_out
from preau.rosterfiles.tables.read import Question, read_list
from preau.rosterfiles.tables.table import Cell, Line, Sheet, Table
from preau.rosterfiles.tables.text import open_text
from preau.rosterfiles.tables.workbook import open_workbook


def kept(content: bytes) -> bytes:
    """What may wait of a table that has just been read.

    Its opener has masked passwords, addresses and parents (`tables.discretion`); an address elsewhere is left out here.
    """
    limits = Limits()
    with unpacked(content, limits, tables=True) as document:
        workbook = recognise(document).format is Format.WORKBOOK
        data = b"".join(document.chunks())
    table = open_workbook(data, limits) if workbook else open_text(data, limits)
    said = {
        "sheets": [_written(sheet) for sheet in table.sheets],
        "hidden": table.hidden,
        "from_1904": table.from_1904,
        "odd_quotes": table.odd_quotes,
        "contradicts": table.contradicts,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def read_again(
    content: bytes,
    *,
    today: date,
    expected_uais: frozenset[str],
    school_year: int,
    mappings: Sequence[Mapping],
) -> RosterFile:
    """Read what `kept` wrote. Raises UnreadableFile when these columns name nobody."""
    said = json.loads(content)
    table = Table(
        tuple(_sheet(sheet) for sheet in said["sheets"]),
        tuple(said["hidden"]),
        said["from_1904"],
        said["odd_quotes"],
        said["contradicts"],
    )
    return read_list(table, Question(today, expected_uais, school_year, Limits(), tuple(mappings)))


def _written(sheet: Sheet) -> dict[str, Any]:
    titles = lay_out(sheet).at

    def cell(at: int, value: Cell) -> str | list[str]:
        if isinstance(value, date):
            return [value.isoformat()]
        return "" if at != titles and "@" in value else value

    lines = [[line.number, [cell(at, value) for value in line.cells]] for at, line in enumerate(sheet.lines)]
    return {"name": sheet.name, "lines": lines}


def _sheet(said: dict[str, Any]) -> Sheet:
    lines = tuple(
        Line(number, tuple(date.fromisoformat(cell[0]) if isinstance(cell, list) else cell for cell in cells))
        for number, cells in said["lines"]
    )
    return Sheet(said["name"], lines)
