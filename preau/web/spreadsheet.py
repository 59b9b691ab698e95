"""Lists for a spreadsheet: CSV as French offices open it, with no cell that could run as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

BYTE_ORDER_MARK = "\ufeff"
# What spreadsheets take for the start of a formula, full-width forms included (OWASP, « CSV Injection »).
FORMULA_STARTS = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")


def inert(cell: str) -> str:
    """Return `cell` on one line, with an apostrophe before what a spreadsheet would run as a formula."""
    text = " ".join("".join(char if char.isprintable() else " " for char in cell).split())
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A CSV to download, streamed row by row: UTF-8 with a mark, semicolons, every cell inert."""
    writer = csv.writer(_Echo(), delimiter=";")

    def lines() -> Iterator[str]:
        yield BYTE_ORDER_MARK + writer.writerow(header)
        for row in rows:
            yield writer.writerow([inert("" if cell is None else str(cell)) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
