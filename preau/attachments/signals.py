"""What the rooms above may listen to."""

from __future__ import annotations

from dataclasses import dataclass

from django.dispatch import Signal

# Sent once, inside the transaction that merges two accounts: `kept` and `joined` (numbers of accounts), `rows` (pupil
# records of the school that end: number → the record that goes on). Each listener moves what its room keeps under the
# joined account and these records, and answers with what it needs to put everything back, as JSON.
accounts_merging = Signal()

# Sent once, inside the transaction that undoes a merge: `kept`, `joined`, `moved` (what the listener answered, under
# the name of its room). What came since stays with the kept account.
accounts_unmerging = Signal()

# Asked when two accounts are compared: `accounts` (numbers), `establishment` (what another school knows is not told).
# Each listener answers with the `Tally`s of its room.
accounts_counted = Signal()


@dataclass(frozen=True, slots=True)
class Tally:
    """What accounts have of one thing: `counts` is account → (how many, how many of them over)."""

    label: str
    over: str  # « terminées »
    counts: dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """The answer of one room to `accounts_merging`."""

    room: str
    rows: list[list[object]]
