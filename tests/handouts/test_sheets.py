"""What a pupil holds in their hand, read back from the PDF."""

import io
from datetime import date

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from preau.handouts.sheets import (
    INNER_WIDTH,
    NAME_HEIGHT,
    CheckRow,
    PrintedCard,
    SheetFacts,
    cards_pdf,
    check_sheet_pdf,
    fit_name,
)
from preau.web.french import spelled
from preau.web.pdf import BOLD, REGULAR, fit, printable, text_width
from preau.web.qr import QrPress

SYMBOLS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
FACTS = SheetFacts("Collège des Quatre-Tilleuls", "preau.exemple.fr", "2026-014", date(2026, 10, 3))
MARIE = "Marie-Gwenaëlle DE LA ROCHEBRUNE-MONTŒUVRE"
MONSTER = "Marie-Charlotte-Élisabeth VAN DER WESTHUIZEN-DE LA ROCHEFOUCAULD-LIANCOURT-DURAND-DUBOISSON"

people = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x4FF), max_size=130)
codes = st.text(SYMBOLS, min_size=12, max_size=12)


def card(name="Léa MARTIN", division="6C", code="CZ6E-P34V-K5DM", username=None, site="preau.exemple.fr"):
    return PrintedCard(name, division, code, f"https://{site}/c#{code}", username)


def printed(cards, facts=FACTS, **how):
    out = io.BytesIO()
    cards_pdf(cards, facts, out=out, **how)
    return PdfReader(out)


def words(page):
    return " ".join(page.extract_text().split())


def drawn_modules(operators, modules):
    """Paint the rectangles of a path on a grid, from the top row down."""
    grid = [[0] * modules for _ in range(modules)]
    for line in operators.splitlines():
        x, y, width, height, operator = line.split()
        assert (operator, height) == ("re", "1")
        for column in range(int(x), int(x) + int(width)):
            grid[modules - 1 - int(y)][column] ^= 1
    return grid


def test_lea_finds_her_name_her_class_and_her_code_on_her_card():
    page = words(printed([card(username="lea.martin1203")]).pages[0])
    for said in (
        "Léa MARTIN",
        "6C",
        "CZ6E-P34V-K5DM",
        "preau.exemple.fr",
        "lea.martin1203",
        "3 octobre 2026",
        "Collège des Quatre-Tilleuls",
        "lot 2026-014",
        "1/1",
        "plier ici, le code à l’intérieur",
    ):
        assert said in page


def test_nine_pupils_get_two_sheets_in_the_order_given():
    cards = [card(name=f"Élève numéro {letter}", code=f"{letter * 4}-2222-3333") for letter in "ABCDEFGHJ"]
    done = []
    pages = printed(cards, progress=lambda *step: done.append(step)).pages
    assert len(pages) == 2
    assert "numéro H" in words(pages[0])
    assert "numéro J" not in words(pages[0])
    assert "JJJJ-2222-3333" in words(pages[1])
    assert done == [(8, 9), (9, 9)]


def test_a_pupil_who_reads_large_print_gets_half_a_sheet():
    pages = printed([card(), card(), card(code="JJJJ-2222-3333")], large=True).pages
    assert len(pages) == 2
    assert "JJJJ-2222-3333" in words(pages[1])


def test_names_from_all_lands_are_shown_in_their_own_letters():
    names = ["Ayşe ÇELİK", "Łukasz ĞÜLŞEN", "Hoa NGUYỄN", "Иван ПЕТРОВ", "Maëlys L’HAŸ-BŒUF"]
    page = words(printed([card(name=name) for name in names]).pages[0])
    for name in names:
        assert name in page


def test_a_decomposed_accent_is_printed_as_one_letter():
    assert printable("Zoe\u0308 LE\u0301VY") == "Zoë LÉVY"


def test_a_name_in_another_script_is_written_in_latin_letters_rather_than_boxes():
    assert printable("山田") == "ShanTian"


@pytest.mark.parametrize("name", [MARIE, MONSTER, "X" * 200, "A-" * 60])
def test_a_long_name_is_whole_on_the_card(name):
    reader = printed([card(name=name, division="2NDE-PRO1")])
    assert len(reader.pages) == 1
    assert name.replace(" ", "") in words(reader.pages[0]).replace(" ", "")


def test_marie_gwenaelle_keeps_two_readable_lines_beside_a_long_class():
    name = fit_name(MARIE, width=INNER_WIDTH - 85)
    assert len(name.lines) == 2
    assert name.size >= 11


@settings(deadline=None)
@given(name=people, width=st.floats(150, 252))
def test_no_name_ever_leaves_its_band_nor_loses_a_letter(name, width):
    block = fit_name(name, width=width)
    assert all(text_width(line, BOLD, block.size) <= width + 0.01 for line in block.lines)
    assert block.height <= NAME_HEIGHT
    assert "".join(block.lines).replace(" ", "") == printable(name, BOLD).replace(" ", "")


@settings(deadline=None)
@given(text=people, size=st.floats(6, 40), width=st.floats(20, 500), height=st.floats(10, 100))
def test_fitted_text_stays_in_any_box(text, size, width, height):
    block = fit(text, font=REGULAR, size=size, width=width, height=height, rungs=((1, 9.0), (3, 6.0)))
    assert block.width <= width + 0.01
    assert block.height <= height
    assert block.size <= size


def test_a_long_school_and_a_long_address_do_not_push_the_code_out():
    school = "Lycée général et technologique Marguerite-de-Valois, Saint-Étienne-du-Rouvray"
    site = "connexion-rentree.lycee-marguerite-de-valois.ac-bordeaux.fr"
    facts = SheetFacts(school, site, "2026-014", date(2026, 10, 1))
    page = words(printed([card(username="marie-gwenaelle.de-la-rochebrune1203", site=site)], facts).pages[0])
    for said in (school, site, "1er octobre 2026", "CZ6E-P34V-K5DM", "marie-gwenaelle.de-la-rochebrune1203"):
        assert said in page


def test_the_file_says_its_title_and_language_and_no_pupil():
    reader = printed([card()])
    assert reader.metadata.title == "Cartes · lot 2026-014"
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    about = " ".join(str(value) for value in reader.metadata.values())
    assert "MARTIN" not in about
    assert "CZ6E" not in about


def test_every_font_is_embedded():
    for page in printed([card()]).pages:
        for font in page["/Resources"]["/Font"].get_object().values():
            assert "/FontFile2" in font.get_object()["/FontDescriptor"].get_object()


def test_printing_nobody_is_refused():
    with pytest.raises(ValueError, match="no card"):
        cards_pdf([], FACTS, out=io.BytesIO())
    with pytest.raises(ValueError, match="no pupil"):
        check_sheet_pdf([], FACTS, out=io.BytesIO())


@settings(deadline=None)
@given(st.lists(codes, min_size=1, max_size=6))
def test_the_square_is_the_one_the_library_draws(some):
    press = QrPress()
    mask = None
    for code in some:
        url = f"https://preau.exemple.fr/c#{code}"
        path = press.path(url)
        if mask is None:
            mask = segno.make(url, error="m", mode="byte", micro=False, boost_error=False).mask
        known = segno.make(url, error="m", mode="byte", micro=False, boost_error=False, mask=mask)
        assert drawn_modules(path.operators, path.modules) == [list(row) for row in known.matrix]


def test_addresses_of_different_lengths_may_share_a_batch():
    press = QrPress()
    for url in (
        "https://a.fr/c#2222",
        "https://a.fr/c#2223",
        f"https://{'b' * 80}.fr/c#é",
        "https://a.fr/c#Z222",
    ):
        path = press.path(url)
        grid = drawn_modules(path.operators, path.modules)
        masks = (
            segno.make(url.encode(), error="m", mode="byte", micro=False, boost_error=False, mask=mask)
            for mask in range(8)
        )
        assert any(grid == [list(row) for row in code.matrix] for code in masks)


def test_a_phone_reads_the_square_as_printed():
    for code in ("CZ6E-P34V-K5DM", "2222-2222-2222", "ZZZZ-ZZZZ-ZZZZ"):
        path = QrPress().path(f"https://preau.exemple.fr/c#{code}")
        side = path.modules + 8
        image = Image.new("L", (side, side), 255)
        for y, row in enumerate(drawn_modules(path.operators, path.modules)):
            for x, dark in enumerate(row):
                image.putpixel((x + 4, y + 4), 0 if dark else 255)
        assert zxingcpp.read_barcode(image.resize((side * 8, side * 8), 0)).text.endswith(code)


def test_the_teacher_ticks_a_list_that_holds_no_code():
    rows = [CheckRow(number, f"MARTIN Léa {number}", "6C") for number in range(1, 41)]
    rows.append(CheckRow(41, "BŒUF Apolline", ""))
    out = io.BytesIO()
    check_sheet_pdf(rows, FACTS, out=out)
    pages = [words(page) for page in PdfReader(out).pages]
    assert len(pages) == 3
    assert "40 élèves · lot 2026-014" in pages[0]
    assert "page 2/2" in pages[1]
    assert "MARTIN Léa 40" in pages[1]
    assert "Sans classe" in pages[2]
    assert "Carte donnée" in pages[2]
    assert "preau.exemple.fr" not in "".join(pages)


def test_dates_are_spelled_as_in_french():
    assert spelled(date(2026, 10, 1)) == "1er\u00a0octobre\u00a02026"
    assert spelled(date(2027, 8, 15)) == "15\u00a0août\u00a02027"
