"""What a file changes, person by person: the roster as it is known, against the pupils of a file.

Pure. A pupil is the same person as before by INE, then by the older INE, then by ELEVE_ID; a number alone is
not enough (roster-files.md §1.5, lines 21 to 23: typing errors, numbers given to somebody else), the names or
the birth date must also agree — unless INE and ELEVE_ID both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Diff:
    """All the changes, and what the brake and the report need to know of the rest."""

    changes: list[Change]
    unchanged: int
    present_before: int
    emptied: list[str]  # classes that had pupils, all of whom leave
    present: int  # pupils the file says present, and below how many classes they make
    divisions: int

    def counts(self) -> dict[str, int]:
        """How many changes of each kind, how many pupils are as they were, and how many there were."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.kind] = counts.get(change.kind, 0) + 1
        others = {"UNCHANGED": self.unchanged, "PRESENT_BEFORE": self.present_before}
        return counts | others | {"DIVISIONS": self.divisions}


class _Entry(NamedTuple):
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


def compare(known: Collection[Known], pupils: Iterable[Pupil], blocked: Iterable[Pupil] = ()) -> Diff:
    """Say what the file changes; whoever is present and missing from the file has left.

    `blocked` pupils are in the file but not certain enough to import: whom they may be is left alone.
    A number missing from the file never erases a known one; two people never end with the same number.
    """
    here, gone = _split(pupils)
    finder = _Finder(known)
    of_here = finder.match(here)
    of_gone = finder.match(gone)
    held = finder.candidates(blocked)
    numbers = _Numbers(here)
    changes: list[Change] = []
    unchanged = 0
    for place, entry in enumerate(here):
        change = _seen(of_here.get(place), numbers.settle(place, entry.row, of_here.get(place)))
        if change is None:
            unchanged += 1
        else:
            changes.append(change)
    seen = {person.learner_id for person in of_here.values()}
    exits = {person.learner_id: gone[place].row.left_on for place, person in of_gone.items()}
    for person in known:
        if person.learner_id in seen:
            continue
        stays = person.row.status == LEFT or (person.learner_id in held and person.learner_id not in exits)
        change = _unseen(
            person, numbers.released(person.row), stays=stays, left_on=exits.get(person.learner_id)
        )
        if change is not None:
            changes.append(change)
        elif person.row.status == PRESENT:
            unchanged += 1
    return Diff(
        changes,
        unchanged,
        present_before=sum(person.row.status == PRESENT for person in known),
        emptied=_emptied(known, changes),
        present=len(here),
        divisions=len({entry.row.division_key for entry in here} - {None}),
    )


def _split(pupils: Iterable[Pupil]) -> tuple[list[_Entry], list[_Entry]]:
    here: list[_Entry] = []
    gone: list[_Entry] = []
    for pupil in pupils:
        entry = _Entry(row_of(pupil), pupil.ine_alias)
        (here if entry.row.status == PRESENT else gone).append(entry)
    return here, gone


def _seen(person: Known | None, after: Row) -> Change | None:
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


def _unseen(person: Known, released: Row, *, stays: bool, left_on: str | None) -> Change | None:
    """The change of somebody known whom the file does not say present, if any."""
    if not stays:
        return Change(
            DEPARTURE, person.learner_id, person.row, released._replace(status=LEFT, left_on=left_on)
        )
    if released != person.row:
        return Change(CORRECTION, person.learner_id, person.row, released)
    return None


def _emptied(known: Iterable[Known], changes: Iterable[Change]) -> list[str]:
    before: dict[str, int] = {}
    for person in known:
        if person.row.status == PRESENT and person.row.division:
            before[person.row.division] = before.get(person.row.division, 0) + 1
    for change in changes:
        if change.kind == DEPARTURE and change.before is not None and change.before.division:
            before[change.before.division] -= 1
    return sorted(name for name, left in before.items() if left == 0)


class _Numbers:
    """Who has which INE and ELEVE_ID once the file is applied: what the file says wins over what was known."""

    def __init__(self, here: list[_Entry]) -> None:
        self._ines: dict[str, int] = {}
        self._local_ids: dict[str, int] = {}
        for place, entry in enumerate(here):
            if entry.row.ine is not None:
                self._ines.setdefault(entry.row.ine, place)
            if entry.row.local_id is not None:
                self._local_ids.setdefault(entry.row.local_id, place)

    def released(self, row: Row) -> Row:
        """A row without the numbers that the file gives to somebody else."""
        if row.ine in self._ines or row.local_id in self._local_ids:
            return row._replace(
                ine=None if row.ine in self._ines else row.ine,
                local_id=None if row.local_id in self._local_ids else row.local_id,
            )
        return row

    def settle(self, place: int, row: Row, person: Known | None) -> Row:
        """The row of a pupil with the numbers it ends with, and a known birth date the file has lost."""
        ine = row.ine if row.ine and self._ines[row.ine] == place else None
        local_id = row.local_id if row.local_id and self._local_ids[row.local_id] == place else None
        birth_date = row.birth_date
        if person is not None and not (ine and local_id and birth_date):
            kept = self.released(person.row)
            ine, local_id = ine or kept.ine, local_id or kept.local_id
            birth_date = birth_date or kept.birth_date
        if ine == row.ine and local_id == row.local_id and birth_date == row.birth_date:
            return row
        return row._replace(ine=ine, local_id=local_id, birth_date=birth_date)


_Agreement = Callable[[Row, Row], bool]


def _agree_well(one: Row, other: Row) -> bool:
    """Same birth date and same given name."""
    same_day = one.birth_date is not None and one.birth_date == other.birth_date
    return same_day and fold(one.first_name) == fold(other.first_name)


def _agree_a_little(one: Row, other: Row) -> bool:
    """Something says that it is the same person: the birth date, the given name or a family name."""
    if one.birth_date is not None and one.birth_date == other.birth_date:
        return True
    if fold(one.first_name) == fold(other.first_name):
        return True
    names = {fold(one.last_name), fold(one.usage_name)} & {fold(other.last_name), fold(other.usage_name)}
    return bool(names - {""})


class _Finder:
    """Finds who is known; each person is found once, by the surest agreement first."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by_ine: dict[str, Known] = {}
        self._by_local_id: dict[str, Known] = {}
        for person in known:
            if person.row.ine is not None:
                self._by_ine[person.row.ine] = person
            if person.row.local_id is not None:
                self._by_local_id[person.row.local_id] = person
        self._found: set[int] = set()

    def match(self, entries: list[_Entry]) -> dict[int, Known]:
        """Who each entry is, by its place; people found by an earlier call are not found again."""
        matches: dict[int, Known] = {}
        rest: list[int] = []
        for place, entry in enumerate(entries):
            person = self._by_local_id.get(entry.row.local_id or "")
            if person is not None and entry.row.ine is not None and entry.row.ine == person.row.ine:
                self._take(matches, place, person)
            else:
                rest.append(place)
        for agree in (_agree_well, _agree_a_little):
            for number in (self._of_ine, self._of_alias, self._of_local_id):
                for place in rest:
                    if place in matches:
                        continue
                    person = number(entries[place])
                    if person is not None and agree(entries[place].row, person.row):
                        self._take(matches, place, person)
        return matches

    def candidates(self, pupils: Iterable[Pupil]) -> set[int]:
        """Everybody that these pupils might be, by any of their numbers."""
        entries = [_Entry(row_of(pupil), pupil.ine_alias) for pupil in pupils]
        numbers = (self._of_ine, self._of_alias, self._of_local_id)
        found = (number(entry) for entry in entries for number in numbers)
        return {person.learner_id for person in found if person is not None}

    def _take(self, matches: dict[int, Known], place: int, person: Known) -> None:
        if person.learner_id not in self._found:
            self._found.add(person.learner_id)
            matches[place] = person

    def _of_ine(self, entry: _Entry) -> Known | None:
        return self._by_ine.get(entry.row.ine or "")

    def _of_alias(self, entry: _Entry) -> Known | None:
        return self._by_ine.get(entry.ine_alias or "")

    def _of_local_id(self, entry: _Entry) -> Known | None:
        return self._by_local_id.get(entry.row.local_id or "")
