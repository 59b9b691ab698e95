"""One person of a roster as the diff compares them, and what an import does to them: pure."""

from __future__ import annotations

from typing import NamedTuple

from preau.rosterfiles.names import fold
from preau.rosterfiles.pupil import Pupil

ARRIVAL, CORRECTION, CLASS_CHANGE = "ARRIVAL", "CORRECTION", "CLASS_CHANGE"
DEPARTURE, RETURN = "DEPARTURE", "RETURN"
PRESENT, LEFT = "PRESENT", "LEFT"


class Row(NamedTuple):
    """One person of the roster, as it is kept in JSON: dates AAAA-MM-JJ, what is missing None or ""."""

    local_id: str | None
    ine: str | None
    last_name: str
    usage_name: str
    first_name: str
    other_first_names: str  # separated by ", "
    birth_date: str | None
    division: str | None  # as displayed; two spellings are one class when division_key is the same
    division_key: str | None
    groups: tuple[str, ...]
    status: str
    left_on: str | None


class Known(NamedTuple):
    """One person of the roster before the import."""

    learner_id: int
    row: Row


class Change(NamedTuple):
    """What an import does to one person; `learner_id` is None for an arrival, which has no `before`."""

    kind: str
    learner_id: int | None
    before: Row | None
    after: Row


class Entry(NamedTuple):
    """A pupil of the file, ready to be compared."""

    row: Row
    ine_alias: str | None


def row_of(pupil: Pupil) -> Row:
    """The roster's row for a pupil of a file, cut to what its columns hold (too long an INE is none)."""
    others = ", ".join(pupil.other_first_names)
    return Row(
        pupil.local_id[:40] if pupil.local_id else None,
        pupil.ine if pupil.ine and len(pupil.ine) <= 11 else None,
        pupil.last_name[:100],
        (pupil.usage_name or "")[:100],
        pupil.first_name[:100],
        others[:210],
        pupil.birth_date.isoformat() if pupil.birth_date else None,
        pupil.division[:40] if pupil.division else None,
        pupil.division_key[:40] if pupil.division_key else None,
        pupil.groups,
        str(pupil.status.value),
        pupil.left_on.isoformat() if pupil.left_on else None,
    )


def keys_of(row: Row) -> tuple[str, str]:
    """The folded keys of a person: what lists sort by, and what searches read."""
    last, first = fold(row.last_name), fold(row.first_name)
    usage = fold(row.usage_name) if row.usage_name else ""
    parts = (last, usage, first, fold(row.other_first_names) if row.other_first_names else "")
    return f"{usage or last} {first}".strip()[:210], " ".join(filter(None, parts))[:520]


def change_of_seen(person: Known | None, after: Row) -> Change | None:
    """The change of a pupil that the file says present, if any."""
    if person is None:
        return Change(ARRIVAL, None, None, after)
    before = person.row
    if before.division_key == after.division_key:
        after = after._replace(division=before.division)
    if before == after:
        return None
    if before.status == LEFT:
        kind = RETURN
    else:
        kind = CORRECTION if before.division_key == after.division_key else CLASS_CHANGE
    return Change(kind, person.learner_id, before, after)


def change_of_unseen(person: Known, released: Row, *, stays: bool, left_on: str | None) -> Change | None:
    """The change of somebody known whom the file does not say present, if any."""
    if not stays:
        return Change(
            DEPARTURE, person.learner_id, person.row, released._replace(status=LEFT, left_on=left_on)
        )
    if released != person.row:
        return Change(CORRECTION, person.learner_id, person.row, released)
    return None
