"""What the rooms above may listen to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.dispatch import Signal

if TYPE_CHECKING:
    from preau.rosters.models import ImportChange

# Sent once, inside the transaction that applies: `roster_import`, `by` (an account, or None for the machine), `at`.
# A listener that raises undoes the whole import.
import_applied = Signal()

# Asked before an undo, and again inside its transaction: `roster_import`, `at`. Each listener answers with the `Hold`s
# of its room: among the people touched by the import, those who did something since that must not be lost.
import_undoing = Signal()

# Sent once, inside the transaction that undoes, before the roster goes back: `roster_import`, `by`, `at`. Each listener
# takes away what its room keeps only because of the import; changes marked `kept` are of people to leave alone. What
# still points at the row of an arrival that is not kept makes the whole undo fail.
import_undone = Signal()

# Asked when people touched by an import are shown: `roster_import`. Each listener answers with a `Teller`: what its
# room knows better than the roster of what the import does to somebody.
import_effects = Signal()


@dataclass(frozen=True, slots=True)
class Effect:
    """What an import does to one person; `kind` is "ok", "bad" or "", `shift` goes with what changes."""

    words: str
    kind: str = ""
    shift: str = ""


Teller = Callable[["ImportChange"], Effect | None]


@dataclass(frozen=True, slots=True)
class Hold:
    """People who stay, and why: « est déjà entré » and « sont déjà entrés »."""

    learners: QuerySet[Any, Any]  # one column: the numbers of learners, as a subquery
    one: str
    many: str
