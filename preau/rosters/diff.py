"""What a file changes, person by person: the roster as it is known, against the pupils of a file.

Pure. A pupil is the same person as before by INE, then by the older INE, then by ELEVE_ID; a number alone is
not enough (roster-files.md §1.5, lines 21 to 23: typing errors, numbers given to somebody else), the names or
the birth date must also agree — unless INE and ELEVE_ID both say the same. Failing any number, by names and birth
date, or by asking (namesakes.py, questions.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from preau.rosterfiles.names import fold
from preau.rosterfiles.pupil import Pupil
from preau.rosters.namesakes import Doubt, find, namesakes
from preau.rosters.questions import Candidate, Question, changes_of
from preau.rosters.rows import (
    DEPARTURE,
    LEFT,
    PRESENT,
    Change,
    Entry,
    Known,
    Row,
    change_of_seen,
    change_of_unseen,
    row_of,
)


@dataclass(frozen=True, slots=True)
class Diff:
    """All the changes, and what the brake and the report need to know of the rest."""

    changes: list[Change]
    unchanged: int
    present_before: int
    emptied: list[str]  # classes that had pupils, all of whom leave
    present: int  # pupils the file says present, and below how many classes they make
    divisions: int
    questions: list[Question] = field(default_factory=list)  # open: their changes are among `changes`
    kept_by_hand: list[Known] = field(default_factory=list)  # missing from the file, which never knew them
    withheld: list[Known] = field(default_factory=list)  # would leave, were departures taken

    def counts(self) -> dict[str, int]:
        """How many changes of each kind, how many pupils are as they were, and how many there were."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.kind] = counts.get(change.kind, 0) + 1
        others = {"UNCHANGED": self.unchanged, "PRESENT_BEFORE": self.present_before}
        return counts | others | {"DIVISIONS": self.divisions}

    @property
    def asked_about(self) -> set[int]:
        """The people known of whom there is a question."""
        return {each.learner_id for question in self.questions for each in question.candidates}


def compare(
    known: Collection[Known],
    pupils: Iterable[Pupil],
    blocked: Iterable[Pupil] = (),
    *,
    silent_on: Collection[str] = (),
    by_hand: Collection[int] = (),
    departures: bool = True,
) -> Diff:
    """Say what the file changes; whoever is present and missing from the file has left.

    `blocked` pupils are in the file but not certain enough to import: whom they may be is left alone.
    A number missing from the file never erases a known one, nor does anything it is `silent_on` (names of
    `Pupil` attributes); two people never end with the same number. About learners added `by_hand` and
    recognised by no number, there is always a question; missing from the file, they stay. Nor does anybody leave
    without `departures`: they are `withheld`.
    """
    here, gone = _split(pupils)
    unsure = list(blocked)
    finder = _Finder(known)
    of_here, of_gone = finder.match(here), finder.match(gone)
    doubtful = _by_names(here, of_here, gone, of_gone, known, by_hand)
    held = finder.candidates(unsure) | namesakes(map(row_of, unsure), known)
    numbers = _Numbers(here, frozenset(silent_on))
    exits = {person.learner_id: gone[place].row.left_on for place, person in of_gone.items()}
    staying = held | set(by_hand) if departures else {person.learner_id for person in known}
    questions = _questions(here, doubtful, numbers, staying)
    changes = changes_of(questions, {})
    asked = {each.learner_id for question in questions for each in question.candidates}
    for place, entry in enumerate(here):
        if place not in doubtful:
            person = of_here.get(place)
            changes += filter(None, [change_of_seen(person, numbers.settle(place, entry.row, person))])
    settled = {person.learner_id for person in of_here.values()} | asked
    kept_by_hand, withheld = [], []
    for person in known:
        number, row = person.learner_id, person.row
        if number in settled:
            continue
        stays = row.status == LEFT or (number in held and number not in exits)
        if not stays and number in by_hand and number not in exits:
            kept_by_hand.append(person)
            stays = True
        elif not stays and not departures:
            withheld.append(person)
            stays = True
        left_on = exits.get(number)
        unseen = change_of_unseen(person, numbers.released(row), stays=stays, left_on=left_on)
        changes += filter(None, [unseen])
    present_before = sum(person.row.status == PRESENT for person in known)
    touched = sum(change.before is not None and change.before.status == PRESENT for change in changes)
    return Diff(
        changes,
        present_before - touched,
        present_before=present_before,
        emptied=_emptied(known, changes),
        present=len(here),
        divisions=len({entry.row.division_key for entry in here} - {None}),
        questions=questions,
        kept_by_hand=kept_by_hand,
        withheld=withheld,
    )


def _split(pupils: Iterable[Pupil]) -> tuple[list[Entry], list[Entry]]:
    here: list[Entry] = []
    gone: list[Entry] = []
    for pupil in pupils:
        entry = Entry(row_of(pupil), pupil.ine_alias)
        (here if entry.row.status == PRESENT else gone).append(entry)
    return here, gone


def _by_names(
    here: list[Entry],
    of_here: dict[int, Known],
    gone: list[Entry],
    of_gone: dict[int, Known],
    known: Collection[Known],
    by_hand: Collection[int],
) -> dict[int, list[Doubt]]:
    """Complete both matches with whoever is sure by names; give the doubts about those present."""
    taken = {person.learner_id for match in (of_here, of_gone) for person in match.values()}
    rest = [person for person in known if person.learner_id not in taken]
    if not rest:
        return {}
    found = find({at: each for at, each in enumerate(here) if at not in of_here}, rest, by_hand)
    of_here |= found.sure
    taken = {person.learner_id for person in found.sure.values()}
    taken |= {doubt.person.learner_id for doubts in found.doubtful.values() for doubt in doubts}
    rest = [person for person in rest if person.learner_id not in taken]
    of_gone |= find({at: each for at, each in enumerate(gone) if at not in of_gone}, rest, by_hand).sure
    return found.doubtful


def _questions(
    here: list[Entry], doubtful: dict[int, list[Doubt]], numbers: _Numbers, staying: set[int]
) -> list[Question]:
    asked = Counter(doubt.person.learner_id for doubts in doubtful.values() for doubt in doubts)
    questions = []
    for rank, (place, doubts) in enumerate(doubtful.items()):
        row = here[place].row
        candidates = tuple(
            Candidate(
                doubt.person.learner_id,
                doubt.person.row,
                numbers.settle(place, row, doubt.person),
                numbers.released(doubt.person.row),
                doubt.person.row.status == LEFT or doubt.person.learner_id in staying,
                doubt.reasons,
            )
            for doubt in doubts
        )
        plain = len(doubts) == 1 and doubts[0].plain and asked[doubts[0].person.learner_id] == 1
        questions.append(Question(rank, numbers.settle(place, row, None), candidates, plain))
    return questions


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

    def __init__(self, here: list[Entry], silent_on: frozenset[str] = frozenset()) -> None:
        self._silent_on = silent_on
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
        """The row of a pupil with the numbers it ends with, and what it does not say."""
        ine = row.ine if row.ine and self._ines[row.ine] == place else None
        local_id = row.local_id if row.local_id and self._local_ids[row.local_id] == place else None
        birth_date = row.birth_date
        if person is not None and not (ine and local_id and birth_date):
            kept = self.released(person.row)
            ine, local_id = ine or kept.ine, local_id or kept.local_id
            birth_date = birth_date or kept.birth_date
        if ine != row.ine or local_id != row.local_id or birth_date != row.birth_date:
            row = row._replace(ine=ine, local_id=local_id, birth_date=birth_date)
        return self._with_what_is_not_said(row, person.row) if person is not None else row

    def _with_what_is_not_said(self, row: Row, known: Row) -> Row:
        """A row with what is known of what the file has no column for."""
        if not self._silent_on:
            return row
        for name in ("last_name", "first_name"):
            said, spelt = getattr(row, name), getattr(known, name)
            # Lists in capitals have lost the accents: they do not correct « Léa » into « LEA ».
            if said.isascii() and not spelt.isascii() and fold(said) == fold(spelt):
                row = row._replace(**{name: spelt})
        if "usage_name" in self._silent_on and known.usage_name:
            # A list that has only one name may give the usage name: it then says nothing of the family name.
            says_usage = fold(row.last_name) == fold(known.usage_name)
            last_name = known.last_name if says_usage else row.last_name
            row = row._replace(last_name=last_name, usage_name=known.usage_name)
        if "other_first_names" in self._silent_on:
            row = row._replace(other_first_names=known.other_first_names)
        if "groups" in self._silent_on:
            row = row._replace(groups=known.groups)
        if "division" in self._silent_on:
            row = row._replace(division=known.division, division_key=known.division_key)
        return row


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

    def match(self, entries: list[Entry]) -> dict[int, Known]:
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
        entries = [Entry(row_of(pupil), pupil.ine_alias) for pupil in pupils]
        numbers = (self._of_ine, self._of_alias, self._of_local_id)
        found = (number(entry) for entry in entries for number in numbers)
        return {person.learner_id for person in found if person is not None}

    def _take(self, matches: dict[int, Known], place: int, person: Known) -> None:
        if person.learner_id not in self._found:
            self._found.add(person.learner_id)
            matches[place] = person

    def _of_ine(self, entry: Entry) -> Known | None:
        return self._by_ine.get(entry.row.ine or "")

    def _of_alias(self, entry: Entry) -> Known | None:
        return self._by_ine.get(entry.ine_alias or "")

    def _of_local_id(self, entry: Entry) -> Known | None:
        return self._by_local_id.get(entry.row.local_id or "")
