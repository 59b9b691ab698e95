"""From a prepared batch to what is printed: the values that sheets.py and card_csv.py draw."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from preau.attachments.codes import show
from preau.handouts.actions import BatchCard, PreparedBatch
from preau.handouts.card_csv import cards_csv
from preau.handouts.sheets import CheckRow, PrintedCard, SheetFacts, cards_pdf, check_sheet_pdf


def facts_of(prepared: PreparedBatch) -> SheetFacts:
    """What all the cards of this batch have in common."""
    batch = prepared.batch
    return SheetFacts(
        school=batch.establishment.name,
        site=settings.SITE_HOST,
        batch=batch.number,
        expires_on=timezone.localdate(batch.expires_at),
    )


def printed_cards(cards: tuple[BatchCard, ...]) -> list[PrintedCard]:
    """The cards as they are drawn; the code travels after `#`, which a browser never sends to a server."""
    door = settings.SITE_URL + reverse("attachments:card")
    return [
        PrintedCard(
            name=card.learner.display_name,
            division=card.learner.division.name if card.learner.division else "",
            code=show(card.code),
            url=f"{door}#{card.code}",
            username=card.username,
        )
        for card in cards
    ]


def cards_file(prepared: PreparedBatch, *, large: bool = False) -> bytes:
    """The sheets of cards, as PDF; `large` for pupils who read large print."""
    out = io.BytesIO()
    cards_pdf(printed_cards(prepared.cards), facts_of(prepared), out=out, large=large)
    return out.getvalue()


def check_sheet_file(prepared: PreparedBatch) -> bytes:
    """The class lists without codes, as PDF."""
    rows = [
        CheckRow(
            number,
            f"{card.learner.shown_last_name.upper()} {card.learner.first_name}",
            card.learner.division.name if card.learner.division else "",
        )
        for number, card in enumerate(prepared.cards, start=1)
    ]
    out = io.BytesIO()
    check_sheet_pdf(rows, facts_of(prepared), out=out)
    return out.getvalue()


def csv_file(prepared: PreparedBatch) -> bytes:
    """The cards for a mail merge, as UTF-8 CSV."""
    out = io.StringIO(newline="")
    cards_csv(printed_cards(prepared.cards), facts_of(prepared), out=out)
    return out.getvalue().encode()


def qr_drawing(url: str) -> tuple[int, str]:
    """A QR code for the screen: modules a side, and the path of its dark modules as SVG draws them."""
    matrix = segno.make(url, error="m", micro=False, boost_error=False).matrix
    pieces = []
    for y, row in enumerate(matrix):
        x = 0
        for run in (
            "".join("1" if module else "0" for module in row)
            .replace("01", "0 1")
            .replace("10", "1 0")
            .split()
        ):
            if run[0] == "1":
                pieces.append(f"M{x} {y}h{len(run)}v1h-{len(run)}z")
            x += len(run)
    return len(matrix), "".join(pieces)
