"""Cards as CSV, for a school that merges them into its own letter."""

import csv
from collections.abc import Sequence
from typing import TextIO

from preau.handouts.sheets import PrintedCard, SheetFacts
from preau.web.spreadsheet import BYTE_ORDER_MARK, inert

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
