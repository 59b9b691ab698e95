"""Workbooks (.xlsx, .xls, .ods), opened by python-calamine in a bounded process; formulas are never evaluated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

from preau.rosterfiles.limits import Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.tables import workbook_child as child
from preau.rosterfiles.tables.discretion import discreet
from preau.rosterfiles.tables.table import Cell, Line, Sheet, Table, clean_lines, without_blanks

_PATIENCE = 90  # seconds of a clock, where the process itself counts those of its processor


def open_workbook(data: bytes, limits: Limits) -> Table:
    """Open a workbook whose container was checked. Raises UnreadableFile when it is broken or a trap."""
    most_rows = min(limits.table_rows, 10**7)
    command = [sys.executable, "-P", child.__file__, str(most_rows), str(limits.columns)]
    try:
        done = subprocess.run(  # noqa: S603 - our own file
            command,
            input=data,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            # Whoever tricks the library must find neither a password nor a key in its surroundings.
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
            },
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile("WORKBOOK_TOO_LARGE") from None
    if done.returncode == child.LOCKED:
        raise UnreadableFile("WORKBOOK_LOCKED")
    if done.returncode == child.TOO_MANY_ROWS:
        raise UnreadableFile("TABLE_TOO_LARGE", limit=limits.table_rows, what="lignes")
    if done.returncode == child.TOO_MANY_COLUMNS:
        raise UnreadableFile("TABLE_TOO_LARGE", limit=limits.columns, what="colonnes")
    if (
        done.returncode < 0 or done.returncode == child.TOO_LARGE
    ):  # ended by the system: its memory or its time
        raise UnreadableFile("WORKBOOK_TOO_LARGE")
    if done.returncode:
        raise UnreadableFile("WORKBOOK_DAMAGED")
    return _table(json.loads(done.stdout))


def _table(said: dict[str, Any]) -> Table:
    known: dict[str, Cell] = {}  # most cells of a sheet repeat others
    sheets = tuple(
        Sheet(
            clean_lines(sheet["name"]),
            tuple(
                discreet(
                    Line(number, cells) for number, row in sheet["rows"] if (cells := _cells(row, known))
                )
            ),
        )
        for sheet in said["sheets"]
    )
    return Table(sheets, tuple(map(clean_lines, said["hidden"])), from_1904=said["from_1904"])


def _cells(row: list[str], known: dict[str, Cell]) -> tuple[Cell, ...]:
    for text in row:
        if text not in known:
            known[text] = date.fromisoformat(text[1:]) if text[:1] == "\0" else clean_lines(text)
    return without_blanks([known[text] for text in row])
