"""Lists for a spreadsheet: whatever a file called a pupil, no export holds a cell that runs as a formula."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import preau
from preau.web.spreadsheet import FORMULA_STARTS, csv_answer, inert

ROOM = Path(preau.__file__).parent
LIBRARIES = ("openpyxl", "xlsxwriter", "odf", "pyexcel")
# Writes the empty model that schools fill: constant cells, nothing of anybody.
BLANK = "rosterfiles/tables/template.py"
# Writes the exercises of the parcours, every text as a text: tests/parcours/test_files.py sees it.
EXERCISES = "parcours/practical/files.py"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOM.rglob("*.py")):
        yield str(path.relative_to(ROOM)), ast.parse(path.read_text())


def rows_written(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"writerow", "writerows"}:
            yield node.args[0]


def is_inert(row: ast.expr) -> bool:
    """A heading of ours, or cells that each went through `inert`."""
    if isinstance(row, ast.Name):
        return row.id in {"HEADINGS", "header"}
    if not isinstance(row, ast.ListComp | ast.GeneratorExp) or not isinstance(row.elt, ast.Call):
        return False
    return getattr(row.elt.func, "id", "") == "inert"


def test_every_row_of_every_export_is_inert() -> None:
    written = [(name, row) for name, tree in modules() for row in rows_written(tree) if name != BLANK]
    assert len(written) >= 4, "nobody writes lists any more?"
    assert [(name, ast.unparse(row)) for name, row in written if not is_inert(row)] == []


@pytest.mark.parametrize(
    "source", ["w.writerow(row)", "w.writerow([cell for cell in row])", "w.writerows(rows)"]
)
def test_a_row_written_as_it_is_would_be_seen(source: str) -> None:
    assert not any(map(is_inert, rows_written(ast.parse(source))))


def test_no_export_is_a_workbook() -> None:
    """A workbook would need its own way to keep formulas asleep."""
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or node.names[0].name
                if module.split(".")[0] in LIBRARIES:
                    assert name in {BLANK, EXERCISES, "rosterfiles/tables/workbook_child.py"}


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_whatever_a_cell_says_it_stays_one_cell_that_runs_nothing(cells: list[str]) -> None:
    answer = csv_answer("a.csv", ["Nom"] * len(cells), [cells])
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    _, row = csv.reader(text.splitlines(), delimiter=";")
    assert len(row) == len(cells)
    assert not any(cell.lstrip().startswith(FORMULA_STARTS) for cell in row)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "|cmd", "%0A", "＝1"]
)
def test_each_start_of_a_formula_is_put_to_sleep(cell: str) -> None:
    assert inert(cell).startswith("'")
