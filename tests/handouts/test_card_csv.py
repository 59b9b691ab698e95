"""What a school's mail-merge opens."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preau.handouts.card_csv import cards_csv, inert
from preau.handouts.sheets import PrintedCard, SheetFacts

FACTS = SheetFacts("Collège des Quatre-Tilleuls", "preau.exemple.fr", "2026-014", date(2026, 10, 3))
CODE = "CZ6E-P34V-K5DM"
LEA = PrintedCard("Léa MARTIN", "6C", CODE, f"https://preau.exemple.fr/c#{CODE}", None)


def written(*cards):
    out = io.StringIO(newline="")
    cards_csv(cards, FACTS, out=out)
    return out.getvalue()


def rows(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_excel_opens_it_with_its_accents_and_its_columns():
    text = written(LEA)
    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert text.endswith("\r\n")
    heading, lea = rows(text)
    assert dict(zip(heading, lea, strict=True)) == {
        "Nom": "Léa MARTIN",
        "Classe": "6C",
        "Code": CODE,
        "Adresse": LEA.url,
        "Identifiant": "",
        "Valable jusqu’au": "03/10/2026",
        "Lot": "2026-014",
        "Numéro": "1",
        "Établissement": "Collège des Quatre-Tilleuls",
    }


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+33", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", "  =1", "\u00a0=1", "\u200b=1", "＝1", "|calc"],
)
def test_a_name_is_never_run_as_a_formula(name):
    (_, row) = rows(written(PrintedCard(name, name, CODE, LEA.url, name)))
    for cell in (row[0], row[1], row[4]):
        assert cell.startswith("'")


def test_ordinary_names_are_left_as_they_are():
    for name in ("’t Hooft", "D’ALMEIDA-Œ", "Ayşe ÇELİK", "6e-2"):
        assert inert(name) == name


@settings(deadline=None)
@given(st.text())
def test_no_cell_starts_a_formula_nor_breaks_its_row(text):
    cell = inert(text)
    assert not cell.startswith(tuple("=+-@\t\r\n"))
    assert len(rows(written(PrintedCard(text, "6C", CODE, LEA.url, text)))) == 2
