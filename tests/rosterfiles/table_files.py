"""Small lists of invented pupils in every container: text, .xlsx, .xls and .ods, so that a test can bend one."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

TITLES = ("Nom", "Prénom", "Né(e) le", "Classe", "INE")
LEA = ("MARTIN", "Léa", "03/05/2014", "6A", "123456789FJ")
NOE = ("DUPONT", "Noé", "12/11/2013", "6B", "000000001KG")
Rows = Iterable[Sequence[Any]]


def text(
    *rows: Sequence[str], separator: str = ";", newline: str = "\r\n", encoding: str = "cp1252"
) -> bytes:
    """A table in text, without quotes."""
    return "".join(separator.join(row) + newline for row in rows).encode(encoding)


def xlsx(*rows: Sequence[Any], bend: Callable[[Workbook], object] | None = None, **sheets: Rows) -> bytes:
    """A workbook: `rows` on its first sheet, `sheets` after it by name, then bent at will."""
    workbook = Workbook()
    first = workbook.active
    assert first is not None
    if rows:
        first.title = "Feuil1"
        for row in rows:
            first.append(list(row))
    else:
        workbook.remove(first)
    for name, lines in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in lines:
            sheet.append(list(row))
    if bend is not None:
        bend(workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def ods(*rows: Sequence[str], name: str = "Feuille1", raw: str = "") -> bytes:
    """A LibreOffice workbook; `raw` is XML put after the rows."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="{name}">{lines}{raw}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()


def xls(*rows: Sequence[Any], far: tuple[int, int] | None = None) -> bytes:
    """An Excel 97 workbook of one sheet, written record by record; `far` adds a cell where nobody goes."""
    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6)
    name = "Feuil1"
    head = _record(0x0809, start)
    sheet_at = len(head) + 4 + 6 + 2 + len(name) + 4
    head += _record(0x0085, struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 0) + name.encode())
    head += _record(0x000A, b"")
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6))
    cells = [(at, column, cell) for at, row in enumerate(rows) for column, cell in enumerate(row)]
    for at, column, cell in [*cells, *([(*far, "x")] if far else [])]:
        place = struct.pack("<HHH", at, column, 0)
        if isinstance(cell, str):
            encoded = cell.encode("utf-16-le")
            body += _record(0x0204, place + struct.pack("<HB", len(cell), 1) + encoded)
        else:
            body += _record(0x0203, place + struct.pack("<d", float(cell)))
    return _compound(head + body + _record(0x000A, b""))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _compound(stream: bytes) -> bytes:
    """The stream « Workbook » alone in a compound file of 512-byte sectors."""
    stream = stream.ljust(4_096, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    count = len(stream) // 512
    end, fat_mark, free = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    chain = [fat_mark, end, *(at + 3 for at in range(count - 1)), end]
    assert len(chain) <= 128, "one sector of chain is enough for tests"
    fat = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"",
        0, 1, 1, 0, 4_096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[free] * 108)
    entries = _entry("Root Entry", 5, end, 0, child=1) + _entry("Workbook", 2, 2, len(stream))
    return header + fat + entries.ljust(512, b"\0") + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    none = 0xFFFFFFFF
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, none, none, child)
    return head + b"\0" * 36 + struct.pack("<IQ", start, size)
