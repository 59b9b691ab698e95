"""The files of practical items: they open, they say what their table says, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
from PIL import Image

from preau.parcours.practical.files import made

TRAP = "=HYPERLINK(A1)"


def test_a_workbook_holds_texts_never_formulas() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made({"name": "a.xlsx", "rows": [["Nom"], [TRAP], [12.5]]})))
    cells = [row[0] for row in book.worksheets[0].iter_rows()]
    assert [cell.value for cell in cells] == ["Nom", TRAP, 12.5]
    assert cells[1].data_type == "s"


def test_a_csv_opens_in_a_french_spreadsheet_and_nothing_in_it_runs() -> None:
    text = made({"name": "a.csv", "rows": [["Prénom", "Note"], ["Zoé", 12.5], [TRAP, 3]]}).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["Prénom", "Note"],
        ["Zoé", "12,5"],
        [f"'{TRAP}", "3"],
    ]


def test_an_archive_and_a_picture_can_be_opened() -> None:
    picture = {"name": "dessins/vue.png", "picture": {"kind": "plain", "width": 80, "height": 50}}
    note = {"name": "lisez-moi.txt", "content": "Bonjour"}
    with zipfile.ZipFile(io.BytesIO(made({"name": "a.zip", "entries": [picture, note]}))) as archive:
        assert archive.testzip() is None
        assert archive.read("lisez-moi.txt") == b"Bonjour\n"
        assert Image.open(io.BytesIO(archive.read("dessins/vue.png"))).size == (80, 50)


def test_the_same_table_always_gives_the_same_bytes() -> None:
    told = {"name": "a.zip", "entries": [{"name": "b.xlsx", "rows": [["A"], [1]]}]}
    assert made(told) == made(told)
