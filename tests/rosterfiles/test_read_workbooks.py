"""Workbooks as schools keep them, and as nobody should make them."""

import io
import os
import resource
import subprocess
import sys
import zipfile
from datetime import date, datetime

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from preau.rosterfiles import Limits
from preau.rosterfiles.identifiers import make_ine_rnie
from tests.rosterfiles.siecle_file import codes, read, zipped
from tests.rosterfiles.table_files import LEA, NOE, TITLES, ods, text, xls, xlsx
from tests.rosterfiles.test_read_tables import ASKED, BOTH, people

DAMAGED_ODS_ROW = (
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
    ' table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p></table:table-cell>'
    "</table:table-row>"
)


def processor_time() -> float:
    """Seconds of work, of this process and of those it waited for: a busy machine changes nothing to it."""
    return sum(os.times()[:4])


@pytest.mark.parametrize("make", [xlsx, xls, ods, text])
@pytest.mark.parametrize("name", ["liste.xml", "liste.csv", "liste.xls", ""])
def test_the_content_says_what_a_file_is_never_its_name(make, name):
    roster = read(make(TITLES, LEA, NOE), name=name)
    assert people(roster) == BOTH
    assert codes(roster) == ASKED


def test_a_workbook_in_a_zip_and_a_zip_that_is_no_workbook():
    assert people(read(zipped(("liste", xlsx(TITLES, LEA, NOE))))) == BOTH
    assert people(read(zipped(("liste.bin", xls(TITLES, LEA, NOE))))) == BOTH
    assert codes(read(zipped(("liste.bin", zipped(("a.csv", text(TITLES, LEA))))))) == ["ZIP_NESTED"]


def test_dates_as_days_as_text_and_as_numbers_in_one_column():
    born = [datetime(2014, 5, 3), date(2014, 5, 3), "03/05/2014", "2014-05-03", 41762, 41762.0]  # noqa: DTZ001
    rows = [("MARTIN", f"Léa{chr(65 + at)}", day, "6A", "") for at, day in enumerate(born)]
    assert {pupil.birth_date for pupil in read(xlsx(TITLES, *rows)).pupils} == {date(2014, 5, 3)}


def test_days_counted_from_1904():
    def from_1904(workbook):
        workbook.epoch = CALENDAR_MAC_1904

    rows = [("MARTIN", "Léa", datetime(2014, 5, 3), "6A", ""), ("DUPONT", "Noé", 41762 - 1462, "6A", "")]  # noqa: DTZ001
    roster = read(xlsx(TITLES, *rows, bend=from_1904))
    assert [pupil.birth_date for pupil in roster.pupils] == [date(2014, 5, 3)] * 2


def test_formulas_are_never_computed():
    rows = [('="MAR"&"TIN"', "Léa", "03/05/2014", "6A", ""), ("DUPONT", "Noé", "=TODAY()", "6B", "")]
    roster = read(xlsx(TITLES, *rows))
    assert [pupil.first_name for pupil in roster.pupils] == ["Noé"]
    assert roster.pupils[0].birth_date is None
    assert "NAME_MISSING" in codes(roster)


def test_hidden_sheets_are_named_and_not_read():
    def hide(workbook):
        workbook["Anciens"].sheet_state = "hidden"
        workbook["Modèle"].sheet_state = "veryHidden"

    roster = read(xlsx(TITLES, LEA, bend=hide, Anciens=[TITLES, NOE], Modèle=[TITLES]))
    assert people(roster) == BOTH[:1]
    assert codes(roster) == ["SHEETS_HIDDEN", *ASKED]
    assert "Anciens, Modèle" in roster.problems[0].message


def test_a_class_merged_over_its_pupils_is_everybody_s():
    def merge(workbook):
        sheet = workbook.active
        sheet.merge_cells("A1:E1")
        sheet.merge_cells("D3:D4")

    rows = [("Liste des élèves", "", "", "", ""), TITLES, LEA, (*NOE[:3], None, NOE[4])]
    rows += [("PETIT", "Zoé", "01/02/2014", None, "012345678KE")]
    roster = read(xlsx(*rows, bend=merge))
    assert [pupil.division for pupil in roster.pupils] == ["6A", "6A", None]


def test_one_sheet_for_each_class_gives_the_class():
    titles = ("Nom", "Prénom", "Date de naissance")
    sheets = {"6A": [titles, LEA[:3]], "6B": [titles, NOE[:3]], "Codes": [("Salle", "Code"), ("101", "12")]}
    roster = read(xlsx(**sheets))
    assert people(roster) == BOTH
    assert codes(roster) == ["SHEETS_IGNORED", "DIVISION_FROM_SHEET", *ASKED, "INE_COLUMN_MISSING"]
    assert roster.mapping.division_from_sheet


def test_no_break_spaces_and_blank_rows_are_folded():
    titles = ("Nom\u00a0de\u00a0famille ", "Prénom\u202f", "Né(e)\nle", " Classe", "INE")
    blank = [("",) * 5] * 99
    roster = read(xlsx(titles, ("\u00a0LE\u00a0 GALL\u00a0", *LEA[1:]), *blank))
    assert people(roster) == [("LE GALL", "Léa", "6A")]


def test_a_table_that_starts_far_from_the_corner():
    rows = [[""] * 6 for _ in range(8)]
    rows += [[*[None] * 3, *TITLES], [*[None] * 3, *LEA], [*[None] * 3, *NOE]]
    roster = read(xlsx(*rows))
    assert people(roster) == BOTH
    assert roster.pupils[0].line == 10


def test_class_codes_that_are_numbers_or_that_became_days():
    rows = [("MARTIN", "Léa", "", 61, ""), ("DUPONT", "Noé", "", datetime(2026, 3, 4), "")]  # noqa: DTZ001
    roster = read(xlsx(TITLES, *rows))
    assert [pupil.division for pupil in roster.pupils] == ["61", "04/03/2026"]
    assert "DIVISION_MANGLED" in codes(roster)


EXTRACTION = (
    *(
        "Sexe",
        "Pays Nat.",
        "Elève No Etab",
        "Nom de famille",
        "Nom d'usage",
        "Prénom",
        "Prénom 2",
        "Prénom 3",
    ),
    *("Date Naissance", "Id\u00a0National", "Date Entrée", "Date Sortie", "Code Régime", "Code MEF"),
    *("Code Structure", "Type Structure", "Lib. Structure", "Tél. Personnel", "Mél"),
    *("Repr. Lég. 1 Lien", "Nom de famille", "Prénom", "Repr. Lég. 2 Lien", "Nom de famille", "Prénom"),
)


def extraction(last, first, born, ine, code, kind, number=12345678912.0):
    """One row of SIECLE's Excel extraction."""
    parents = ("MERE", "PARENT", "Anne", "PERE", "PARENT", "Paul")
    pupil = ("F", "FRANCE", number, last, "", first, "", "", born, ine, "01/09/2026", "", 2, 10010012110.0)
    return (*pupil, code, kind, "SIXIEME", "0601020304", "lea@exemple.fr", *parents)


@pytest.mark.parametrize("make", [xlsx, xls])
def test_siecle_s_extraction_has_a_row_for_each_structure(make):
    roster = read(
        make(
            EXTRACTION,
            extraction("MARTIN", "Léa", "03/05/2014", "123456789FJ", "6A", "D"),
            extraction("MARTIN", "Léa", "03/05/2014", "123456789FJ", "6LATIN", "G"),
            extraction("MARTIN", "Léa", 41762, "123456789FJ", "6EPS", "G"),
            extraction("DUPONT", "Noé", 41590, "", "6B", "", number=17),
            extraction("DUPONT", "Noé", 41590, "", "6LATIN", "G", number=17),
            *[("",) * 25] * 3,
        )
    )
    assert roster.source == "siecle-xls"
    assert people(roster) == BOTH
    assert [pupil.groups for pupil in roster.pupils] == [("6LATIN", "6EPS"), ("6LATIN",)]
    assert {pupil.local_id for pupil in roster.pupils} == {None}
    assert codes(roster) == ["PRIVATE_COLUMNS", *ASKED, "INE_MISSING"]
    assert "PARENT" not in repr(list(roster.pupils)) + repr(roster)


def test_a_workbook_of_libreoffice_with_its_million_empty_rows():
    empty = (
        '<table:table-row table:number-rows-repeated="1048573">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert people(read(ods(TITLES, LEA, NOE, raw=empty))) == BOTH


def test_a_workbook_that_is_no_list_of_pupils_asks_what_its_columns_are():
    roster = read(xlsx(("Salle", "Places"), ("101", 30)))
    assert codes(roster) == ["COLUMNS_UNKNOWN"]
    assert roster.needs_mapping
    assert codes(read(xlsx(Vide=[]))) == ["TABLE_NO_PUPILS"]


def bomb_far_corner():
    """One cell at the far corner: billions of cells for whoever makes a rectangle of it."""
    return xlsx(TITLES, LEA, bend=lambda workbook: workbook.active.__setitem__("XFD1048576", "x"))


def bomb_shared_text():
    """One long text said a hundred thousand times."""
    rows = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 60_000))
    parts = {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + "".join(f"{at:x}" for at in range(30_000))
        + "</t></si></sst>",
    }
    return _bent(xlsx(TITLES, LEA), parts)


def bomb_inflated():
    """A sheet of zeros, a thousand times smaller in its zip."""
    return _bent(xlsx(TITLES, LEA), {"xl/worksheets/sheet1.xml": " " * 20_000_000})


def bomb_many_parts():
    """No part is too large, all together are."""
    part = "".join(f"{at:04d}" * 20 for at in range(300_000))
    return _bent(xlsx(TITLES, LEA), {f"xl/media/{at}.bin": part for at in range(2)})


def _bent(data, parts):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in {*before.namelist(), *parts}:
            after.writestr(name, parts[name] if name in parts else before.read(name))
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (bomb_far_corner, {"WORKBOOK_TOO_LARGE"}),
        (bomb_shared_text, {"WORKBOOK_TOO_LARGE"}),
        (bomb_inflated, {"ZIP_SUSPECT"}),
        (bomb_many_parts, {"WORKBOOK_TOO_LARGE", "TOO_LARGE"}),
        (lambda: xls(TITLES, LEA, far=(65_535, 65_000)), {"WORKBOOK_TOO_LARGE"}),
        (lambda: ods(TITLES, LEA, raw=DAMAGED_ODS_ROW), {"WORKBOOK_TOO_LARGE", "WORKBOOK_DAMAGED"}),
        (lambda: xls(TITLES, LEA)[:2_000], {"WORKBOOK_DAMAGED"}),
        (lambda: xlsx(TITLES, *([("x", "y")] * 300)), {"TABLE_TOO_LARGE"}),
        (lambda: xlsx(("x",) * 401), {"TABLE_TOO_LARGE"}),
    ],
)
def test_traps_are_refused_soon_and_cost_no_memory_here(make, expected):
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = processor_time()
    (code,) = codes(read(data, limits=Limits(table_rows=200, workbook_bytes=50_000_000)))
    assert code in expected
    assert processor_time() - start < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kB


def test_billion_laughs_in_a_workbook_are_not_told():
    laughs = '<!DOCTYPE x [<!ENTITY a "haha">' + "".join(
        f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
    )
    cells = '<sheetData><row><c t="str"><v>&j;</v></c></row></sheetData>'
    sheet = f'<?xml version="1.0"?>{laughs}]><worksheet>{cells}</worksheet>'
    start = processor_time()
    roster = read(_bent(xlsx(TITLES, LEA), {"xl/worksheets/sheet1.xml": sheet}))
    assert roster.unreadable
    assert processor_time() - start < 10


def test_a_large_lycee_is_read_from_a_workbook_in_seconds():
    rows = [(f"NOM{at}", "Léa", "03/05/2010", f"2{at % 30}", make_ine_rnie(at)) for at in range(3_640)]
    data = xlsx(TITLES, *rows)
    start = processor_time()
    assert len(read(data).pupils) == 3_640
    assert processor_time() - start < 5


def test_reading_a_table_loads_no_library_of_workbooks_here():
    code = "import sys, preau.rosterfiles; print([name for name in sys.modules if 'calamine' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
