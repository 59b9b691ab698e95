"""Run by `workbook.py` in a process of its own: a workbook on the standard input, its cells as JSON on the output.

A few hundred bytes can ask the library for cells by the billion (one cell at the far corner of a
sheet, a row repeated a million times): here the memory and the time it may take are bounded, and
nothing else is lost with it. This file imports nothing of Préau, so that it starts at once.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from datetime import date, datetime
from typing import Any

MEMORY_BYTES = 1_500_000_000
SECONDS = 30
DAMAGED, LOCKED, TOO_MANY_ROWS, TOO_MANY_COLUMNS, TOO_LARGE = 3, 4, 5, 6, 7
_MOST_BLANK_ROWS = 1_100_000
_MOST_MERGES = 20_000
_MOST_CELLS = 6_000_000
_MOST_LETTERS = 100_000_000
_EPOCH_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true)["']""")


def _bounded() -> None:
    try:
        import resource
    except ImportError:  # this system has no such bounds; the time is still bounded by the parent
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: Any) -> str:
    """A cell as text; a date is marked by a NUL, that no cell may begin with."""
    if isinstance(value, str):
        return value.lstrip("\0")
    if isinstance(value, (datetime, date)):
        day = value.date() if isinstance(value, datetime) else value
        return f"\0{day.isoformat()}"
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


class _Merges:
    """The cells merged down several rows: what stands in the first is repeated in the others."""

    def __init__(self, sheet: Any, first_column: int) -> None:
        self._waiting = sorted(
            (
                (top, bottom, column - first_column)
                for (top, column), (bottom, _) in (sheet.merged_cell_ranges or ())[:_MOST_MERGES]
                if bottom > top and column >= first_column
            ),
            reverse=True,
        )
        self._open: list[tuple[int, int, str]] = []

    def fill(self, at: int, cells: list[str]) -> None:
        """Complete the row numbered `at` from 0; rows must come in order."""
        self._open = [merge for merge in self._open if merge[0] >= at]
        for _, column, text in self._open:
            if column < len(cells) and not cells[column]:
                cells[column] = text
        while self._waiting and self._waiting[-1][0] <= at:
            _, bottom, column = self._waiting.pop()
            if column < len(cells) and cells[column]:
                self._open.append((bottom, column, cells[column]))


def read_sheet(sheet: Any, most_rows: int, most_columns: int) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, with their numbers from 1."""
    first_column = sheet.start[1] if sheet.start else 0
    merges = _Merges(sheet, first_column)
    rows: list[tuple[int, list[str]]] = []
    count = letters = 0
    for at, values in enumerate(sheet.iter_rows()):
        if at > _MOST_BLANK_ROWS or len(rows) > most_rows:
            sys.exit(TOO_MANY_ROWS)
        cells = [cell_text(value) for value in values] if any(values) else [""] * len(values)
        merges.fill(at, cells)
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if first_column + len(cells) > most_columns:
            sys.exit(TOO_MANY_COLUMNS)
        rows.append((at + 1, [""] * first_column + cells))
        count, letters = count + len(cells), letters + sum(map(len, cells))
        if count > _MOST_CELLS or letters > _MOST_LETTERS:
            sys.exit(TOO_LARGE)
    return rows


def _from_1904(data: bytes) -> bool:
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("xl/workbook.xml") as part:
            return _EPOCH_1904.search(part.read(1_000_000)) is not None
    except (KeyError, zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError):
        return False


def main(most_rows: int, most_columns: int) -> None:
    """Answer with JSON, or leave with one of the statuses above."""
    _bounded()
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    data = sys.stdin.buffer.read()
    said: dict[str, Any] = {"sheets": [], "hidden": [], "from_1904": _from_1904(data)}
    try:
        workbook = load_workbook(io.BytesIO(data))
        for at, about in enumerate(workbook.sheets_metadata):
            if about.visible != SheetVisibleEnum.Visible:
                said["hidden"].append(about.name)
            elif about.typ == SheetTypeEnum.WorkSheet:
                rows = read_sheet(workbook.get_sheet_by_index(at), most_rows, most_columns)
                said["sheets"].append({"name": about.name, "rows": rows})
    except PasswordError:
        sys.exit(LOCKED)
    except MemoryError:
        sys.exit(TOO_LARGE)
    except (CalamineError, OSError, ValueError):
        sys.exit(DAMAGED)
    sys.stdout.buffer.write(json.dumps(said, ensure_ascii=True).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
