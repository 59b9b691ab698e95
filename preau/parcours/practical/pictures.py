"""Pictures drawn from figures: a bar chart, a grid of pixels, a plain picture of a given size."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from preau import web

Told = Mapping[str, Any]
FONTS = Path(web.__file__).parent / "fonts"
PAPER, INK, EDGE = "#ffffff", "#24202e", "#857f8f"
COLOURS = ("#53368f", "#1c6844", "#b96f15", "#a1262d", "#2a6f97", "#6b4f2a")


def picture(told: Told) -> bytes:
    """The PNG of a picture's table: {kind = "bars" | "grid" | "plain", …}."""
    out = io.BytesIO()
    DRAWERS[told["kind"]](told).save(out, "PNG", optimize=True)
    return out.getvalue()


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font of the printed sheets: the one that comes with the library has no accents."""
    return ImageFont.truetype(FONTS / "NotoSans-Regular.ttf", size)


def _bars(told: Told) -> Image.Image:
    """Bars over a graduated axis: {title, labels, values, step}."""
    values, step = [float(value) for value in told["values"]], float(told["step"])
    top = step * (int(max(values) // step) + 1)
    image = Image.new("RGB", (720, 440), PAPER)
    pen = ImageDraw.Draw(image)
    left, right, high, low = 80, 700, 60, 380
    pen.text((360, 28), told["title"], fill=INK, font=_font(20), anchor="mm")
    for mark in range(int(top / step) + 1):
        y = low - (low - high) * mark * step / top
        pen.line([(left, y), (right, y)], fill="#d8d2c6" if mark else INK, width=1 if mark else 2)
        pen.text((left - 10, y), f"{mark * step:g}", fill=INK, font=_font(16), anchor="rm")
    width = (right - left) / len(values)
    for place, (label, value) in enumerate(zip(told["labels"], values, strict=True)):
        x = left + width * place
        y = low - (low - high) * value / top
        pen.rectangle([x + width * 0.2, y, x + width * 0.8, low], fill=COLOURS[place % len(COLOURS)])
        pen.text((x + width / 2, low + 20), label, fill=INK, font=_font(16), anchor="mm")
    return image


def _grid(told: Told) -> Image.Image:
    """A black and white picture with its pixels made large: {rows = ["0110", …]}."""
    rows, size = told["rows"], 48
    image = Image.new("RGB", (len(rows[0]) * size + 1, len(rows) * size + 1), PAPER)
    pen = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        for x, bit in enumerate(row):
            box = [x * size, y * size, (x + 1) * size, (y + 1) * size]
            pen.rectangle(box, fill=INK if bit == "1" else PAPER, outline=EDGE)
    return image


def _plain(told: Told) -> Image.Image:
    """A drawn landscape of exactly {width} × {height} pixels."""
    width, height = int(told["width"]), int(told["height"])
    image = Image.new("RGB", (width, height), "#cfe3f1")
    pen = ImageDraw.Draw(image)
    pen.ellipse([width * 0.7, height * 0.1, width * 0.7 + height * 0.2, height * 0.3], fill="#f3b868")
    pen.polygon(
        [(0, height * 0.8), (width * 0.35, height * 0.3), (width * 0.7, height * 0.8)], fill="#5d5769"
    )
    pen.polygon(
        [(width * 0.4, height * 0.8), (width * 0.75, height * 0.45), (width, height * 0.8)], fill="#857f8f"
    )
    pen.rectangle([0, height * 0.8, width, height], fill="#46906b")
    return image


DRAWERS: dict[str, Callable[[Told], Image.Image]] = {"bars": _bars, "grid": _grid, "plain": _plain}
