"""What every printed sheet shares: its fonts, its French words, and text that always fits its box."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from anyascii import anyascii
from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from preau.web.qr import QrPath

REGULAR = "Préau Sans"
BOLD = "Préau Sans Bold"
MONO = "Préau Mono Bold"
ARABIC = "Préau Arabic"
ARABIC_BOLD = "Préau Arabic Bold"

CAP_HEIGHT = 0.714  # of the size, in Noto Sans
INK_HEIGHT = 1.2  # an accented capital down to a descender: ÇELİK, Ğ, Ễ
LEADING = 1.12

Words = tuple[str, str]  # a font and a text in it

_FONT_FILES = {
    REGULAR: "NotoSans-Regular.ttf",
    BOLD: "NotoSans-Bold.ttf",
    MONO: "DejaVuSansMono-Bold.ttf",
    ARABIC: "NotoNaskhArabic-Regular.ttf",
    ARABIC_BOLD: "NotoNaskhArabic-Bold.ttf",
}
_AFTER_SPACE = re.compile(r"\S+\s*")
_AFTER_HYPHEN = re.compile(r"[^\s-]*-+\s*|[^\s-]+\s*")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one font and size (in points) that fit a box; `width` is the widest."""

    lines: tuple[str, ...]
    font: str
    size: float
    width: float

    @property
    def leading(self) -> float:
        """Distance between baselines, in points."""
        return self.size * LEADING

    @property
    def height(self) -> float:
        """Height of the ink, accents and descenders included, in points."""
        return _ink(len(self.lines), self.size)


def open_canvas(out: BinaryIO, *, title: str, subject: str = "", lang: str = "fr") -> Canvas:
    """Return an A4 canvas writing to `out`, with embedded fonts.

    The metadata say only `title` and `subject`: never a name nor a code.
    """
    _register_fonts()
    canvas = Canvas(
        out,
        pagesize=A4,
        pageCompression=1,
        lang=lang,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stub says float
    )
    canvas.setTitle(title)
    canvas.setSubject(subject)
    canvas.setAuthor("Préau")
    canvas.setCreator("Préau")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def text_width(text: str, font: str, size: float) -> float:
    """Return how wide `text` is, in points."""
    return float(_face(font).stringWidth(text, size))


_UNSAID = {"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk"}  # « :school_satchel: » says less than nothing


def printable(text: str, font: str = REGULAR) -> str:
    """Return `text` on one line with only characters that the font can show.

    Accents are composed (NFC), blanks become single spaces, control characters and pictures go, and a letter of
    another script than Latin, Greek or Cyrillic is written in Latin letters rather than as an empty box.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    known = _face(font).face.charToGlyph
    shown = []
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            shown.append(" ")
        elif ord(char) in known and unicodedata.category(char)[0] != "C":
            shown.append(char)
        elif unicodedata.category(char) not in _UNSAID:
            shown.append(anyascii(char))
    return " ".join("".join(shown).split())


def fit(
    text: str,
    *,
    font: str,
    size: float,
    width: float,
    height: float,
    rungs: Sequence[tuple[int, float]] = ((1, 6.0),),
) -> Block:
    """Break and shrink `text` until it fits `width` × `height` points; it is never cut.

    Each rung allows so many lines, down to so small a size, before the next rung is tried. At a given size a
    line breaks at spaces if that is enough, else after hyphens. Past the last rung a word may break anywhere
    and the size has no floor.
    """
    text = printable(text, font)
    if text_width(text, font, size) <= width and _ink(1, size) <= height:
        return _block([text], font, size)
    by_word, by_part = (
        [(piece, *_piece_widths(piece, font)) for piece in pattern.findall(text)]
        for pattern in (_AFTER_SPACE, _AFTER_HYPHEN)
    )
    for most, floor in rungs:
        tried = size
        while tried >= floor:
            for pieces in (by_word, by_part):
                lines = _broken(pieces, width / tried)
                if lines is not None and len(lines) <= most and _ink(len(lines), tried) <= height:
                    return _block(lines, font, tried)
            tried -= 0.5
    tried = rungs[-1][1]
    letters = [(letter, *_piece_widths(letter, font)) for letter in text]
    while (lines := _broken(letters, width / tried)) is None or _ink(len(lines), tried) > height:
        tried *= 0.9
    return _block(lines, font, tried)


def draw_block(canvas: Canvas, block: Block, *, x: float, middle: float, align: str = "left") -> None:
    """Draw the lines of `block` around the height `middle`; `x` is their left, right or centre."""
    canvas.setFont(block.font, block.size)
    draw = {"left": canvas.drawString, "right": canvas.drawRightString, "centre": canvas.drawCentredString}[
        align
    ]
    y = middle + ((len(block.lines) - 1) * block.leading - CAP_HEIGHT * block.size) / 2
    for line in block.lines:
        draw(x, y, line)
        y -= block.leading


def words_width(words: Sequence[Words], size: float) -> float:
    """Return how wide (font, text) pieces are one after the other, in points."""
    return sum(text_width(text, font, size) for font, text in words)


def draw_words(
    canvas: Canvas, words: Sequence[Words], *, x: float, y: float, size: float, width: float
) -> None:
    """Draw (font, text) pieces one after the other on a line, smaller if they would pass `width`."""
    natural = words_width(words, size)
    size = min(size, size * width / natural) if natural else size
    for font, text in words:
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)
        x += text_width(text, font, size)


def draw_qr(canvas: Canvas, qr: QrPath, *, x: float, y: float, side: float, quiet: int) -> None:
    """Draw a QR code in a square of `side` points that holds `quiet` empty modules on each edge."""
    unit = side / (qr.modules + 2 * quiet)
    canvas.saveState()
    canvas.transform(unit, 0, 0, unit, x + quiet * unit, y + quiet * unit)
    canvas.drawPath(PDFPathObject(code=[qr.operators]), stroke=0, fill=1, fillMode=1)
    canvas.restoreState()


def _piece_widths(piece: str, font: str) -> tuple[float, float]:
    """Width at size 1 with the trailing space, and without it."""
    return text_width(piece, font, 1), text_width(piece.rstrip(), font, 1)


def _broken(pieces: Sequence[tuple[str, float, float]], limit: float) -> list[str] | None:
    """Fill lines of `limit` (at size 1), or None if one piece alone is wider."""
    lines: list[str] = []
    line, used = "", 0.0
    for piece, full, bare in pieces:
        if bare > limit:
            return None
        if line and used + bare > limit:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line += piece
        used += full
    return [*lines, line.rstrip()]


def _block(lines: Sequence[str], font: str, size: float) -> Block:
    return Block(tuple(lines), font, size, max(text_width(line, font, size) for line in lines))


def _ink(lines: int, size: float) -> float:
    return (lines - 1) * size * LEADING + size * INK_HEIGHT


@cache
def _face(font: str) -> TTFont:
    _register_fonts()
    return cast("TTFont", pdfmetrics.getFont(font))


@cache
def _register_fonts() -> None:
    rl_config.useA85 = 0  # streams as bytes: text armour costs a third of the time and a quarter of the size
    folder = Path(__file__).parent / "fonts"
    for name, file in _FONT_FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
