"""Small files written from the table of an item: the same table always gives the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import xlsxwriter

from preau.parcours.practical.pictures import picture
from preau.web.spreadsheet import inert

MADE = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
Told = Mapping[str, Any]


def content_type(name: str) -> str:
    """The media type of a file of this name."""
    return TYPES[PurePosixPath(name).suffix]


def made(file: Told) -> bytes:
    """The bytes of a file: its writer is chosen by the ending of its name."""
    match PurePosixPath(file["name"]).suffix:
        case ".csv":
            return _csv(file["rows"])
        case ".xlsx":
            return _workbook(file.get("sheets") or [{"name": "Feuille 1", "rows": file["rows"]}])
        case ".zip":
            return _archive(file["entries"])
        case ".png":
            return picture(file["picture"])
        case _:
            return str(file["content"]).strip("\n").encode() + b"\n"


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Semicolons and a byte order mark, as French spreadsheets open them; decimals with a comma."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    for row in rows:
        writer.writerow([inert(_french(cell)) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _french(cell: Any) -> str:
    return str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)


def _workbook(sheets: Sequence[Told]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": MADE.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        for told in sheets:
            sheet = book.add_worksheet(told["name"])
            for place, row in enumerate(told["rows"]):
                sheet.write_row(place, 0, row, None if place else bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(map(len, told["rows"])) - 1, 18)
    return out.getvalue()


def _archive(entries: Sequence[Told]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry["name"], date_time=MADE.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, made(entry))
    return out.getvalue()
