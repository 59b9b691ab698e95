"""Passwords, addresses and parents leave a table row by row, as soon as its titles say where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from preau.rosterfiles.tables.columns import HIDDEN, LOOKED_AT, lay_out
from preau.rosterfiles.tables.headers import FIRST_LINES
from preau.rosterfiles.tables.table import Line, Sheet


def discreet(rows: Iterable[Line]) -> Iterator[Line]:
    """The same rows; below the titles, a mark stands for what a private column holds.

    Only the first rows, among which the titles are looked for, are ever held with what is private in them.
    """
    rows = iter(rows)
    head = tuple(islice(rows, FIRST_LINES + LOOKED_AT))
    layout = lay_out(Sheet("", head))
    private = frozenset(layout.guess.private)
    if not private:
        yield from head
        yield from rows
        return
    yield from head[: len(head) - len(layout.below)]
    for row in chain(layout.below, rows):
        yield Line(
            row.number, tuple(HIDDEN if cell and at in private else cell for at, cell in enumerate(row.cells))
        )
