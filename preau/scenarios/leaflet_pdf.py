"""Personal leaflets on paper: one A4 page a pupil, read from the left or from the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from preau.scenarios.leaflets import Leaflet
from preau.web.pdf import BOLD, MONO, REGULAR, open_canvas, printable, text_width
from preau.web.pdf_lines import lines_of, runs_width

MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
FLOOR = 12 * mm  # what printers leave: three codes and a long name still make one page


class _Pen:
    """Where the next line goes, and on which side it begins."""

    def __init__(self, canvas: Canvas, *, from_right: bool) -> None:
        self.canvas, self.from_right = canvas, from_right
        self.y = A4[1] - MARGIN

    def write(self, text: str, *, font: str = REGULAR, size: float = 13, indent: float = 0) -> None:
        """Write a paragraph; a page that is full goes on overleaf."""
        pieces = lines_of(text, font=font, size=size, width=WIDTH - indent, from_right=self.from_right)
        for runs in pieces:
            self._make_room(size)
            self.y -= size * 1.45
            wide = runs_width(runs, size)
            x = A4[0] - MARGIN - indent - wide if self.from_right else MARGIN + indent
            for face, piece in runs:
                self.canvas.setFont(face, size)
                self.canvas.drawString(x, self.y, piece)
                x += text_width(piece, face, size)

    def code(self, text: str, *, size: float = 22) -> None:
        """Write a code, which is read from the left everywhere."""
        self._make_room(size)
        self.y -= size * 1.5
        self.canvas.setFont(MONO, size)
        x = A4[0] - MARGIN - text_width(text, MONO, size) if self.from_right else MARGIN
        self.canvas.drawString(x, self.y, text)

    def number(self, number: int, size: float = 13) -> None:
        """Put the number of a step on the line that comes next."""
        self._make_room(size)
        self.canvas.setFont(BOLD, size)
        y = self.y - size * 1.45
        if self.from_right:
            self.canvas.drawRightString(A4[0] - MARGIN, y, str(number))
        else:
            self.canvas.drawString(MARGIN, y, str(number))

    def gap(self, height: float) -> None:
        """Leave some white."""
        self.y -= height

    def rule(self) -> None:
        """A line across the page."""
        self.y -= 3 * mm
        self.canvas.setLineWidth(0.4)
        self.canvas.line(MARGIN, self.y, A4[0] - MARGIN, self.y)

    def _make_room(self, size: float) -> None:
        if self.y - size * 1.5 < FLOOR:
            self.canvas.showPage()
            self.y = A4[1] - MARGIN


def leaflets_pdf(leaflets: Sequence[Leaflet], *, school: str, out: BinaryIO) -> None:
    """Draw the leaflets, one page each; the metadata name the school and nobody."""
    language = leaflets[0].language if leaflets else "fr"
    canvas = open_canvas(out, title="Pour entrer dans Préau", subject=school, lang=language)
    for leaflet in leaflets:
        _draw(canvas, leaflet)
        canvas.showPage()
    canvas.save()


def _draw(canvas: Canvas, leaflet: Leaflet) -> None:
    pen = _Pen(canvas, from_right=leaflet.from_right)
    pen.write(leaflet.title, font=BOLD, size=24)
    pen.gap(2 * mm)
    who = f"{printable(leaflet.name, BOLD)}{', ' + printable(leaflet.division, BOLD) if leaflet.division else ''}"
    pen.write(who, font=BOLD, size=17)
    pen.write(printable(leaflet.school), size=12)
    pen.rule()
    heading, sentences = leaflet.where
    _part(pen, heading)
    pen.write(sentences)
    heading, steps = leaflet.what
    _part(pen, heading)
    for number, step in enumerate(steps, start=1):
        pen.number(number)
        pen.write(step, indent=9 * mm)
        pen.gap(1.5 * mm)
    if leaflet.username[1]:
        pen.write(f"{leaflet.username[0]} {leaflet.username[1]}", font=BOLD)
    heading, needs = leaflet.needed
    if needs:
        _part(pen, heading)
        for need in needs:
            pen.write(f"• {need}")
    heading, parcours = leaflet.parcours
    if parcours:
        _part(pen, heading)
        for title, code, until in parcours:
            pen.write(f"{printable(title)}{' (' + until + ')' if until else ''}")
            pen.code(code)
    pen.gap(4 * mm)
    pen.rule()
    pen.gap(2 * mm)
    pen.write(leaflet.help, font=BOLD)
    if leaflet.adult:
        french = _Pen(canvas, from_right=False)
        french.y = pen.y - 2 * mm
        french.write(leaflet.adult, size=10)


def _part(pen: _Pen, heading: str) -> None:
    pen.gap(5 * mm)
    pen.write(heading, font=BOLD, size=15)
    pen.gap(1 * mm)
