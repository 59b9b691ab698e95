"""The codes that a teacher writes on the board: six letters and three digits (rentree.md §2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

# No vowels (no words), nothing that looks or sounds like its neighbour on a board: no L, Q, S, Z.
LETTERS = "BCDFGHJKMNPRTVWX"
DIGITS = "23456789"
SHAPE = re.compile(r"[A-Z]{6}[0-9]{3}")


def make_code(choice: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """A new code of nine characters, without spaces: one among eight thousand million."""
    return "".join(choice(LETTERS) for _ in range(6)) + "".join(choice(DIGITS) for _ in range(3))


def normalise_code(typed: str) -> str | None:
    """The nine characters meant by what was typed (any case, spaces, dashes), or None when it is no such code."""
    squeezed = re.sub(r"[\W_]+", "", typed).upper()
    return squeezed if SHAPE.fullmatch(squeezed) else None
