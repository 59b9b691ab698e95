"""Sheets of cards and the teacher's check sheet, as PDF: values in, bytes out, no database.

A card is an eighth of an A4 (105 × 74.25 mm): name and class on top, three steps, then code and QR. Folding
the last band up covers the steps and hides the code. Neither birth date nor INE is ever printed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from preau.web.french import spelled
from preau.web.pdf import (
    BOLD,
    CAP_HEIGHT,
    MONO,
    REGULAR,
    Block,
    draw_block,
    draw_qr,
    draw_words,
    fit,
    open_canvas,
    printable,
    text_width,
    words_width,
)
from preau.web.qr import QrPress

COLUMNS, ROWS = 2, 4
CARD_WIDTH, CARD_HEIGHT = A4[0] / 2, A4[1] / 4
MARGIN = 8 * mm
INNER_WIDTH = CARD_WIDTH - 2 * MARGIN
STEPS_TOP = CARD_HEIGHT - 19.6 * mm
FOLD = STEPS_TOP - 27 * mm
MARK = 6 * mm  # many printers leave 4 to 5 mm blank at the edge of the paper
HAIRLINE = 0.2 * mm

DIVISION_WIDTH = 26 * mm
NAME_HEIGHT = 17 * mm
NAME_RUNGS = ((2, 11.0), (3, 8.5), (4, 6.5))

QR_SIDE = 23 * mm
QR_QUIET = 2  # modules inside the 23 mm; the band itself leaves at least two more on each side
QR_LEFT, QR_BOTTOM = MARGIN - 1.5 * mm, FOLD - 25 * mm
CODE_LEFT = MARGIN + 27 * mm
CODE_WIDTH = CARD_WIDTH - MARGIN - CODE_LEFT
CODE_SIZE, SMALL = 15.0, 7.5

ROW = 6.9 * mm
ROWS_PER_PAGE = 34
CHECK_LEFT, CHECK_RIGHT, CHECK_TOP = 18 * mm, A4[0] - 18 * mm, A4[1] - 18 * mm


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """One pupil's card; `code` exists in clear only here and on the paper."""

    name: str
    division: str
    code: str
    url: str
    username: str | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One pupil of the check sheet: the number of their card in the batch, « NOM Prénom », class."""

    number: int
    name: str
    division: str


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What all the cards of a batch have in common; `site` is what a pupil types, « preau.exemple.fr »."""

    school: str
    site: str
    batch: str
    expires_on: date


def cards_pdf(
    cards: Sequence[PrintedCard],
    facts: SheetFacts,
    *,
    out: BinaryIO,
    large: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the cards to `out`, eight a sheet, in the order given: left to right, then down.

    `large` doubles every measure, two cards a sheet, for pupils who read large print.
    `progress(done, total)` is called after each sheet. Raises ValueError when there is no card.
    """
    if not cards:
        raise ValueError("no card to print")
    canvas = open_canvas(out, title=f"Cartes · lot {facts.batch}", subject=facts.school)
    common = _Common(canvas, facts, cards)
    press = QrPress()
    scale = 2 if large else 1
    columns, per_sheet = COLUMNS // scale, COLUMNS * ROWS // scale**2
    for start in range(0, len(cards), per_sheet):
        sheet = cards[start : start + per_sheet]
        for place, card in enumerate(sheet):
            row, column = divmod(place, columns)
            left, bottom = column * CARD_WIDTH * scale, A4[1] - (row + 1) * CARD_HEIGHT * scale
            canvas.saveState()
            canvas.transform(scale, 0, 0, scale, left, bottom)
            _draw_card(canvas, card, common, press, number=start + place + 1)
            canvas.restoreState()
        canvas.showPage()
        if progress is not None:
            progress(start + len(sheet), len(cards))
    canvas.save()


def check_sheet_pdf(rows: Sequence[CheckRow], facts: SheetFacts, *, out: BinaryIO) -> None:
    """Write the class lists without codes, on which a teacher ticks cards given and pupils who got in.

    A class starts a new page; rows stay in the order given. Raises ValueError when there is no row.
    """
    if not rows:
        raise ValueError("no pupil to list")
    canvas = open_canvas(out, title=f"Pointage · lot {facts.batch}", subject=facts.school)
    for division, members in groupby(rows, key=lambda row: row.division):
        listed = list(members)
        pages = [listed[start : start + ROWS_PER_PAGE] for start in range(0, len(listed), ROWS_PER_PAGE)]
        for number, page in enumerate(pages, start=1):
            _check_head(canvas, division, facts, pupils=len(listed))
            for place, row in enumerate(page):
                _check_row(canvas, row, CHECK_TOP - 22 * mm - place * ROW)
            _check_foot(canvas, facts, page=number, pages=len(pages))
            canvas.showPage()
    canvas.save()


class _Common:
    """What is the same on every card, drawn once as a form that each card repeats."""

    def __init__(self, canvas: Canvas, facts: SheetFacts, cards: Sequence[PrintedCard]) -> None:
        self.total = len(cards)
        lines = _small_lines(facts, self.total)
        named = any(card.username for card in cards)
        pitch = SMALL * 1.3
        below = 3 + pitch * (len(lines) + named) + 1.5 * named
        self.code_y = (FOLD + below - CODE_SIZE * CAP_HEIGHT) / 2
        baselines = [self.code_y - 3 - pitch * (place + 1) for place in range(len(lines) + 1)]
        self.username_y = baselines[len(lines)] - 1.5
        self._divisions: dict[str, Block] = {}
        self.number_x = CODE_LEFT + text_width(lines[-1].lines[0], REGULAR, lines[-1].size)
        self.number_y = baselines[len(lines) - 1]
        canvas.beginForm("card", 0, 0, CARD_WIDTH, CARD_HEIGHT)
        _draw_marks(canvas)
        _draw_steps(canvas, printable(facts.site, BOLD))
        for line, y in zip(lines, baselines, strict=False):
            canvas.setFont(REGULAR, line.size)
            canvas.drawString(CODE_LEFT, y, line.lines[0])
        canvas.endForm()

    def division(self, name: str) -> Block:
        """The class as it fits the right of the first band; few classes, many cards."""
        if name not in self._divisions:
            rungs = ((1, 12.0), (2, 8.0), (3, 6.0))
            self._divisions[name] = fit(
                name, font=BOLD, size=20, width=DIVISION_WIDTH, height=NAME_HEIGHT, rungs=rungs
            )
        return self._divisions[name]


def _small_lines(facts: SheetFacts, total: int) -> list[Block]:
    """The small print beside the QR; the last line stops where « 1/27 » is to be written."""
    batch = f"lot {printable(facts.batch)} · n°\u00a0"
    numbers = f"{total}/{total}"
    expiry = f"Ne sert qu’une fois, jusqu’au {spelled(facts.expires_on)}."
    school = printable(facts.school)
    if text_width(f"{school} · {batch}{numbers}", REGULAR, SMALL) <= CODE_WIDTH:
        return [_line(expiry), _line(f"{school} · {batch}")]
    room = CODE_WIDTH - text_width(numbers, REGULAR, SMALL)
    rungs = ((1, 7.0), (2, 5.5), (3, 4.5))
    named = fit(school, font=REGULAR, size=SMALL, width=CODE_WIDTH, height=3 * SMALL * 1.3, rungs=rungs)
    return [_line(expiry), *(_line(line, named.size) for line in named.lines), _line(batch, width=room)]


def _line(text: str, size: float = SMALL, *, width: float = CODE_WIDTH) -> Block:
    wide = text_width(text, REGULAR, size)
    return Block((text,), REGULAR, min(size, size * width / wide), min(wide, width))


def _draw_card(canvas: Canvas, card: PrintedCard, common: _Common, press: QrPress, *, number: int) -> None:
    canvas.doForm("card")
    division_width = 0.0
    middle = (CARD_HEIGHT - 0.6 * mm + STEPS_TOP) / 2
    if card.division.strip():
        division = common.division(card.division)
        draw_block(canvas, division, x=CARD_WIDTH - MARGIN, middle=middle, align="right")
        division_width = division.width + 3 * mm
    name = fit_name(card.name, width=INNER_WIDTH - division_width)
    draw_block(canvas, name, x=MARGIN, middle=middle)
    draw_qr(canvas, press.path(card.url), x=QR_LEFT, y=QR_BOTTOM, side=QR_SIDE, quiet=QR_QUIET)
    draw_words(canvas, [(MONO, card.code)], x=CODE_LEFT, y=common.code_y, size=CODE_SIZE, width=CODE_WIDTH)
    canvas.setFont(REGULAR, SMALL)
    canvas.drawString(common.number_x, common.number_y, f"{number}/{common.total}")
    if card.username:
        words = [(REGULAR, "Ton identifiant\u00a0: "), (BOLD, printable(card.username, BOLD))]
        draw_words(canvas, words, x=CODE_LEFT, y=common.username_y, size=8.5, width=CODE_WIDTH)


def fit_name(name: str, *, width: float) -> Block:
    """Return the name as it fits the first band: up to two lines, then smaller, never cut."""
    return fit(name, font=BOLD, size=14.5, width=width, height=NAME_HEIGHT, rungs=NAME_RUNGS)


def _draw_marks(canvas: Canvas) -> None:
    """Cut marks in the corners, fold ticks on the edges, a rule under the name, the dashed fold."""
    canvas.setLineWidth(HAIRLINE)
    right, top = CARD_WIDTH, CARD_HEIGHT
    horizontal = [
        (edge, y, edge + step, y) for y in (0, FOLD, top) for edge, step in ((0, MARK), (right, -MARK))
    ]
    vertical = [(x, edge, x, edge + step) for x in (0, right) for edge, step in ((0, MARK), (top, -MARK))]
    canvas.lines([*horizontal, *vertical])
    canvas.setLineWidth(0.15 * mm)
    canvas.line(MARGIN, STEPS_TOP, right - MARGIN, STEPS_TOP)
    canvas.setLineWidth(0.25 * mm)
    canvas.setDash([0.9 * mm, 0.7 * mm])
    canvas.line(MARGIN, FOLD, right - MARGIN, FOLD)
    canvas.setDash()
    canvas.setFont(REGULAR, 6.5)
    canvas.drawRightString(right - MARGIN, FOLD + 1.2 * mm, "plier ici, le code à l’intérieur")


def _draw_steps(canvas: Canvas, site: str) -> None:
    first = [(REGULAR, "Va sur "), (BOLD, site), (REGULAR, ", ou photographie le carré.")]
    steps = [
        [first],
        [[(REGULAR, "Tape ton code, en majuscules ou en minuscules.")]],
        [[(REGULAR, "Dis «\u00a0C’est moi\u00a0», puis choisis ton mot de passe.")]],
    ]
    width, size, pitch = INNER_WIDTH - 4.5 * mm, 9.5, 15.2
    if words_width(first, size) > width:
        steps[0] = [[(REGULAR, "Photographie le carré, ou va sur")], [(BOLD, site)]]
        pitch = 13.2
    y = STEPS_TOP - 2 * mm - size
    for number, lines in enumerate(steps, start=1):
        canvas.setFont(BOLD, size)
        canvas.drawString(MARGIN, y, str(number))
        for words in lines:
            draw_words(canvas, words, x=MARGIN + 4.5 * mm, y=y, size=size, width=width)
            y -= pitch


def _check_head(canvas: Canvas, division: str, facts: SheetFacts, *, pupils: int) -> None:
    title = fit(
        division or "Sans classe",
        font=BOLD,
        size=24,
        width=60 * mm,
        height=14 * mm,
        rungs=((1, 12.0), (2, 8.0)),
    )
    draw_block(canvas, title, x=CHECK_LEFT, middle=CHECK_TOP - 5 * mm)
    count = f"{pupils} élève{'s' if pupils > 1 else ''} · lot {printable(facts.batch)}"
    for text, y in (
        (facts.school, 3),
        (f"{count} · cartes valables jusqu’au {spelled(facts.expires_on)}", 8.5),
    ):
        line = fit(text, font=REGULAR, size=10, width=108 * mm, height=5 * mm)
        draw_block(canvas, line, x=CHECK_RIGHT, middle=CHECK_TOP - y * mm, align="right")
    y = CHECK_TOP - 20 * mm
    canvas.setFont(BOLD, 9)
    canvas.drawRightString(CHECK_LEFT + 10 * mm, y, "n°")
    canvas.drawString(CHECK_LEFT + 14 * mm, y, "Élève")
    canvas.drawCentredString(CHECK_RIGHT - 42 * mm, y, "Carte donnée")
    canvas.drawCentredString(CHECK_RIGHT - 13 * mm, y, "Entré(e)")
    canvas.setLineWidth(0.3 * mm)
    canvas.line(CHECK_LEFT, y - 2 * mm, CHECK_RIGHT, y - 2 * mm)


def _check_row(canvas: Canvas, row: CheckRow, top: float) -> None:
    middle, bottom = top - ROW / 2, top - ROW
    canvas.setFont(REGULAR, 10)
    canvas.drawRightString(CHECK_LEFT + 10 * mm, middle - 3.5, str(row.number))
    width = CHECK_RIGHT - 58 * mm - CHECK_LEFT - 14 * mm
    name = fit(row.name, font=REGULAR, size=11, width=width, height=ROW, rungs=((1, 8.5), (2, 5.5)))
    draw_block(canvas, name, x=CHECK_LEFT + 14 * mm, middle=middle)
    box = 4.2 * mm
    canvas.setLineWidth(0.25 * mm)
    for centre in (CHECK_RIGHT - 42 * mm, CHECK_RIGHT - 13 * mm):
        canvas.rect(centre - box / 2, middle - box / 2, box, box)
    canvas.setLineWidth(0.1 * mm)
    canvas.line(CHECK_LEFT, bottom, CHECK_RIGHT, bottom)


def _check_foot(canvas: Canvas, facts: SheetFacts, *, page: int, pages: int) -> None:
    canvas.setFont(REGULAR, 8)
    canvas.drawString(
        CHECK_LEFT, 12 * mm, "Cette feuille ne porte aucun code\u00a0: elle peut rester sur le bureau."
    )
    if pages > 1:
        canvas.drawRightString(CHECK_RIGHT, 12 * mm, f"page {page}/{pages}")
