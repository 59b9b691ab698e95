"""Classes in the order schools say them: 6A … 3C, then 2nde, 1re, terminale, then the rest by name."""

from __future__ import annotations

import re

from preau.rosterfiles.names import sort_key

_LEVEL = re.compile(r"\s*(?:([1-6])|(T))", re.IGNORECASE)


def class_rank(name: str | None) -> tuple[int, str]:
    """The place of a class among those of its school; pupils without a class come last."""
    if not name:
        return (99, "")
    level = _LEVEL.match(name)
    if level is None:
        return (50, sort_key(name))
    return (6 - int(level[1]) if level[1] else 6, sort_key(name))
