"""The poster of a campaign: its code, large enough to be read from the last row, as one A4 page."""

from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from preau.web.french import spelled
from preau.web.pdf import (
    BOLD,
    MONO,
    REGULAR,
    draw_block,
    draw_qr,
    draw_words,
    fit,
    open_canvas,
    printable,
    words_width,
)
from preau.web.qr import QrPress

MARGIN = 18 * mm
INNER_WIDTH = A4[0] - 2 * MARGIN
CENTRE = A4[0] / 2
QR_SIDE = 84 * mm


@dataclass(frozen=True, slots=True)
class PosterFacts:
    """What a poster says; `code` is the campaign's nine characters, `url` what the QR opens."""

    title: str
    code: str
    url: str
    site: str
    school: str
    opens_on: date
    closes_on: date | None


def poster_pdf(facts: PosterFacts, *, out: BinaryIO) -> None:
    """Write the poster to `out`: title, code by groups of three, QR, three steps, dates, school."""
    canvas = open_canvas(out, title=f"Affiche · {printable(facts.title)}", subject=printable(facts.school))
    _draw_head(canvas, facts)
    _draw_code(canvas, grouped(facts.code))
    qr = QrPress().path(facts.url)
    draw_qr(canvas, qr, x=CENTRE - QR_SIDE / 2, y=104 * mm, side=QR_SIDE, quiet=4)
    _draw_steps(canvas, printable(facts.site, BOLD))
    _draw_foot(canvas, facts)
    canvas.showPage()
    canvas.save()


def grouped(code: str) -> str:
    """Return the code by groups of three: « BDF GHK 274 »."""
    plain = "".join(code.split()).upper()
    return " ".join(plain[start : start + 3] for start in range(0, len(plain), 3))


def _draw_head(canvas: Canvas, facts: PosterFacts) -> None:
    school = fit(
        facts.school, font=REGULAR, size=13, width=INNER_WIDTH, height=10 * mm, rungs=((1, 10.0), (2, 7.0))
    )
    draw_block(canvas, school, x=CENTRE, middle=275 * mm, align="centre")
    rungs = ((1, 26.0), (2, 18.0), (3, 14.0))
    title = fit(facts.title, font=BOLD, size=34, width=INNER_WIDTH, height=28 * mm, rungs=rungs)
    draw_block(canvas, title, x=CENTRE, middle=253 * mm, align="centre")


def _draw_code(canvas: Canvas, code: str) -> None:
    block = fit(code, font=MONO, size=66, width=INNER_WIDTH - 14 * mm, height=36 * mm)
    middle, half = 213 * mm, 17 * mm
    canvas.setLineWidth(0.8 * mm)
    canvas.roundRect(MARGIN, middle - half, INNER_WIDTH, 2 * half, 4 * mm)
    draw_block(canvas, block, x=CENTRE, middle=middle, align="centre")


def _draw_steps(canvas: Canvas, site: str) -> None:
    size, indent, room = 17.0, 11 * mm, INNER_WIDTH - 11 * mm
    first = [[(REGULAR, "Va sur "), (BOLD, site), (REGULAR, ", ou photographie le carré.")]]
    if words_width(first[0], size) > room:
        first = [[(REGULAR, "Photographie le carré, ou va sur")], [(BOLD, site)]]
    steps = [
        first,
        [[(REGULAR, "Tape le code, en majuscules ou en minuscules.")]],
        [[(REGULAR, "Connecte-toi, ou dis que c’est ta première fois.")]],
    ]
    widest = max(words_width(words, size) for lines in steps for words in lines)
    left = CENTRE - (min(widest, room) + indent) / 2
    y = (90 if len(first) == 1 else 94) * mm
    for number, lines in enumerate(steps, start=1):
        canvas.setFont(BOLD, 22)
        canvas.drawString(left, y, str(number))
        for words in lines:
            draw_words(canvas, words, x=left + indent, y=y, size=size, width=room)
            y -= 8 * mm
        y -= 5 * mm


def _draw_foot(canvas: Canvas, facts: PosterFacts) -> None:
    canvas.setLineWidth(0.2 * mm)
    canvas.line(MARGIN, 44 * mm, A4[0] - MARGIN, 44 * mm)
    until = (
        f"du {spelled(facts.opens_on)} au {spelled(facts.closes_on)}" if facts.closes_on else "dès maintenant"
    )
    dates = f"Le parcours est ouvert {until}."
    line = fit(dates, font=REGULAR, size=14, width=INNER_WIDTH, height=10 * mm)
    draw_block(canvas, line, x=CENTRE, middle=34 * mm, align="centre")
