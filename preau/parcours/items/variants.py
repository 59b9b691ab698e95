"""One seed, one variant: two neighbours have the same question about different things."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from preau.parcours.items.shape import Item
from preau.parcours.practical.draws import DRAWS

FACT = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
UNSHOWN = ("variants", "draw")


def chance(item: Item, seed: int | str, use: str) -> Random:
    """A generator of its own for each use, the same on every machine."""
    return Random(f"{seed}/{item.id}/{use}")  # noqa: S311 - it hides nothing


def variant(item: Item, seed: int | str) -> dict[str, Any]:
    """The item's table for this seed, every {fact} replaced."""
    facts: dict[str, Any] = {}
    if name := item.source.get("draw"):
        facts |= DRAWS[name](chance(item, seed, "draw"))
    if variants := item.source.get("variants"):
        facts |= chance(item, seed, "variant").choice(variants)
    return {key: fill(value, facts) for key, value in item.source.items() if key not in UNSHOWN}


def fill(value: Any, facts: Mapping[str, Any]) -> Any:
    """Replace {facts} in every text inside `value`; a text that is only one fact becomes that fact as it is."""
    if isinstance(value, str):
        whole = FACT.fullmatch(value)
        if whole and whole[1] in facts:
            return facts[whole[1]]
        return FACT.sub(lambda found: str(facts.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        return {key: fill(part, facts) for key, part in value.items()}
    if isinstance(value, Sequence):
        return [fill(part, facts) for part in value]
    return value
