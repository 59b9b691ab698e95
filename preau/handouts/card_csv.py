"""Cards as CSV, for a school that merges them into its own letter."""

import csv
from collections.abc import Sequence
from typing import TextIO

from preau.handouts.sheets import PrintedCard, SheetFacts

HEADINGS = (
    "Nom",
    "Classe",
    "Code",
    "Adresse",
    "Identifiant",
    "Valable jusqu’au",
    "Lot",
    "Numéro",
    "Établissement",
)
BYTE_ORDER_MARK = "\ufeff"
# What spreadsheets take for the start of a formula, full-width forms included (OWASP, « CSV Injection »).
FORMULA_STARTS = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")


def cards_csv(cards: Sequence[PrintedCard], facts: SheetFacts, *, out: TextIO) -> None:
    """Write a heading and one line a card to `out`, with a byte order mark, « ; » and CRLF, as Excel expects.

    `out` must be open with `newline=""` and encode to UTF-8. A cell that a spreadsheet could run as a formula
    gets an apostrophe before it.
    """
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    common = [facts.expires_on.strftime("%d/%m/%Y"), facts.batch]
    for number, card in enumerate(cards, start=1):
        row = [
            card.name,
            card.division,
            card.code,
            card.url,
            card.username or "",
            *common,
            str(number),
            facts.school,
        ]
        writer.writerow([inert(cell) for cell in row])


def inert(cell: str) -> str:
    """Return `cell` on one line, with an apostrophe before what a spreadsheet would run as a formula."""
    text = " ".join("".join(char if char.isprintable() else " " for char in cell).split())
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
