"""The odds of a right answer without knowing: one choice among four, one order among twenty-four, none for words."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial, prod
from typing import Any

from preau.parcours.items.shape import Item, Kind
from preau.parcours.items.variants import variant

Told = dict[str, Any]


def luck(item: Item) -> float:
    """Of one of its variants: they all have as many choices."""
    return round(ODDS[item.kind](variant(item, "luck")), 3)


def _boxes(told: Told) -> float:
    """Any set of boxes but none."""
    boxes = len(told["right"]) + len(told["wrong"])
    return 1 / float(2**boxes - 1)


def _pairs(told: Told) -> float:
    """Each right half is thought to serve once, as it does nearly everywhere."""
    rights = len({*(right for _, right in told["pairs"]), *told.get("extras", ())})
    left_over = max(0, rights - len(told["pairs"]))
    return factorial(left_over) / factorial(rights)


def _settings(told: Told) -> float:
    return 1 / prod(len(one["options"]) for one in told["settings"] if "right" in one)


ODDS: dict[Kind, Callable[[Told], float]] = {
    Kind.SINGLE: lambda told: 1 / (1 + len(told["wrong"])),
    Kind.MULTIPLE: _boxes,
    Kind.TEXT: lambda _: 0.0,
    Kind.NUMBER: lambda _: 0.0,
    Kind.ORDER: lambda told: 1 / factorial(len(told["steps"])),
    Kind.MATCH: _pairs,
    Kind.SETTINGS: _settings,
}
