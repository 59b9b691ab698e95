"""The empty list that a school without any export can fill: its titles are those that are read."""

from __future__ import annotations

import io
import zipfile
from typing import Final, Literal
from xml.sax.saxutils import escape

TITLES: Final = ("Nom", "Nom d’usage", "Prénom", "Date de naissance", "Classe", "Groupes", "INE")

_ROWS_READY = 1_000  # whose cells are text: a class « 6E1 » must not become a number
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook {_MAIN} xmlns:r="{_RELATIONS}"><sheets><sheet name="Élèves" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Format 49 is « text », for every cell.
    "xl/styles.xml": (
        f"<styleSheet {_MAIN}><fonts count='2'><font/><font><b/></font></fonts>"
        "<fills count='1'><fill><patternFill patternType='none'/></fill></fills><borders count='1'><border/></borders>"
        "<cellStyleXfs count='1'><xf/></cellStyleXfs><cellXfs count='3'><xf/>"
        "<xf numFmtId='49' applyNumberFormat='1'/><xf numFmtId='49' applyNumberFormat='1' fontId='1' applyFont='1'/>"
        "</cellXfs><cellStyles count='1'><cellStyle name='Normal' xfId='0' builtinId='0'/></cellStyles></styleSheet>"
    ),
}


def blank_template(kind: Literal["csv", "xlsx"]) -> bytes:
    """A model file to download, titles only; both are read back without a question.

    The CSV is what a French Excel opens at a double click (`;`, UTF-8 with its mark). Raises
    ValueError for another kind.
    """
    if kind == "csv":
        return (";".join(TITLES) + "\r\n").encode("utf-8-sig")
    if kind != "xlsx":
        raise ValueError(f"no template of kind {kind!r}")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (_PARTS | {"xl/worksheets/sheet1.xml": _sheet()}).items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{part}')
    return out.getvalue()


def _sheet() -> str:
    letters = [chr(65 + at) for at in range(len(TITLES))]
    titles = "".join(
        f'<c r="{letter}1" s="2" t="inlineStr"><is><t>{escape(title)}</t></is></c>'
        for letter, title in zip(letters, TITLES, strict=True)
    )
    blank = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{letter}{row}" s="1"/>' for letter in letters) + "</row>"
        for row in range(2, _ROWS_READY + 2)
    )
    width = f'<cols><col min="1" max="{len(TITLES)}" width="22" style="1" customWidth="1"/></cols>'
    return f'<worksheet {_MAIN}>{width}<sheetData><row r="1">{titles}</row>{blank}</sheetData></worksheet>'
