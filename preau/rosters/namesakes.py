"""Who a pupil of a file may be when no number says it: by names, birth date and class.

Pure. Names and birth date that are exactly the same, once on each side, are one person; whatever is less sure is a
doubt for somebody of the school to settle, never decided here (rentree.md §2, « Nobody is lost silently »).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from rapidfuzz.distance import OSA

from preau.rosterfiles.names import compact, fold
from preau.rosters.rows import PRESENT, Entry, Known, Row

LETTERS_PER_EDIT = 4  # rentree.md §2, « Matching »
_MOST_CANDIDATES = 4
# Hundreds born on one day, or of one class: no school but a broken column. Only names are then looked up.
_CROWD = 200

SAME, ALIAS, NEAR, UNKNOWN, OTHER = "same", "alias", "near", "unknown", "other"


class Doubt(NamedTuple):
    """Somebody a pupil may be, and why, in words that tell no birth date."""

    person: Known
    reasons: tuple[str, ...]
    plain: bool  # same names; the class too, unless it is not said: only a birth date lacks


class ByNames(NamedTuple):
    """The pupils found by their names alone, and those about whom to ask; by place in the file."""

    sure: dict[int, Known]
    doubtful: dict[int, list[Doubt]]


def find(entries: Mapping[int, Entry], known: Collection[Known], by_hand: Collection[int] = ()) -> ByNames:
    """Say who pupils are among people found by no number; about those written `by_hand`, always ask."""
    exact = _same_names_and_date(entries, known)
    reached = Counter(person.learner_id for people in exact.values() for person in people)
    sure = {
        place: people[0]
        for place, people in exact.items()
        if len(people) == 1
        and reached[people[0].learner_id] == 1
        and people[0].learner_id not in by_hand
        and not _contradiction(entries[place], people[0].row)
    }
    taken = {person.learner_id for person in sure.values()}
    near = _Near(person for person in known if person.learner_id not in taken)
    doubtful = {}
    for place, entry in entries.items():
        if place in sure:
            continue
        people = [person for person in exact.get(place, ()) if person.learner_id not in taken]
        doubts = [_doubt(entry, person) for person in people] or near.of(entry)
        if doubts:
            doubtful[place] = doubts[:_MOST_CANDIDATES]
    return ByNames(sure, doubtful)


def namesakes(rows: Iterable[Row], known: Collection[Known]) -> set[int]:
    """Everybody whose names are not other than those of a row, whole or not; another birth date is another person."""
    people: dict[tuple[str, str], list[Known]] = {}
    for person in known:
        first = fold(person.row.first_name)
        for last in _last_names(person.row):
            for key in ((last, first), (last, ""), ("", first)):
                people.setdefault(key, []).append(person)
    found = set()
    for row in rows:
        first = fold(row.first_name)
        for last in _last_names(row) or {""}:
            for person in people.get((last, first), ()):
                if _days(row, person.row) in {SAME, UNKNOWN}:
                    found.add(person.learner_id)
    return found


def _same_names_and_date(entries: Mapping[int, Entry], known: Iterable[Known]) -> dict[int, list[Known]]:
    people: dict[tuple[str, str, str], dict[int, Known]] = {}
    for person in known:
        for key in _keys(person.row):
            people.setdefault(key, {})[person.learner_id] = person
    found = {}
    for place, entry in entries.items():
        same = {number: each for key in _keys(entry.row) for number, each in people.get(key, {}).items()}
        if same:
            found[place] = list(same.values())
    return found


def _keys(row: Row) -> set[tuple[str, str, str]]:
    first = fold(row.first_name)
    if not first or row.birth_date is None:
        return set()
    return {(last, first, row.birth_date) for last in _last_names(row)}


def _last_names(row: Row) -> set[str]:
    return {fold(row.last_name), fold(row.usage_name)} - {""}


def _contradiction(entry: Entry, row: Row) -> str:
    """What says that two people of the same names are two, or nothing."""
    if entry.row.ine and row.ine and row.ine not in {entry.row.ine, entry.ine_alias}:
        return "autre INE"
    if entry.row.local_id and row.local_id and entry.row.local_id != row.local_id:
        return "autre numéro SIECLE"
    return ""


class _Near:
    """Looks for people who might be a pupil, without comparing everybody with everybody."""

    def __init__(self, people: Iterable[Known]) -> None:
        self._by_day: dict[str, list[Known]] = {}
        self._by_names: dict[tuple[str, str], list[Known]] = {}
        self._by_class: dict[str, list[Known]] = {}
        for person in people:
            row = person.row
            if row.birth_date is not None:
                self._by_day.setdefault(row.birth_date, []).append(person)
            if row.division_key is not None and row.status == PRESENT:
                self._by_class.setdefault(row.division_key, []).append(person)
            for last in _last_names(row):
                self._by_names.setdefault((last, fold(row.first_name)), []).append(person)

    def of(self, entry: Entry) -> list[Doubt]:
        """The people that somebody should be asked about, the likeliest first."""
        row, first = entry.row, fold(entry.row.first_name)
        pools = [self._by_names.get((last, first), []) for last in _last_names(row)]
        crowds = (self._by_day.get(row.birth_date or "", []), self._by_class.get(row.division_key or "", []))
        pools += [crowd for crowd in crowds if len(crowd) <= _CROWD]
        people = {person.learner_id: person for pool in pools for person in pool[:_CROWD]}
        alike = [person for person in people.values() if _may_be(row, person.row)]
        return sorted((_doubt(entry, person) for person in alike), key=lambda doubt: not doubt.plain)


def _may_be(one: Row, other: Row) -> bool:
    day, last, first = _days(one, other), _lasts(one, other), _firsts(one, other)
    close_names = last in {SAME, NEAR} and first != OTHER
    same_names = last == SAME and first in {SAME, ALIAS}
    same_class = one.division_key is not None and one.division_key == other.division_key
    if day == SAME:
        return close_names or (first == SAME and same_class)
    if day == UNKNOWN:
        return same_names or (close_names and same_class)
    if day == NEAR:
        return same_names
    return last == first == SAME and same_class and other.status == PRESENT


def _days(one: Row, other: Row) -> str:
    if one.birth_date is None or other.birth_date is None:
        return UNKNOWN
    if one.birth_date == other.birth_date:
        return SAME
    mine, theirs = one.birth_date.split("-"), other.birth_date.split("-")
    agree = sum(a == b for a, b in zip(mine, theirs, strict=True))
    swapped = mine[0] == theirs[0] and mine[1:] == theirs[:0:-1]
    return NEAR if agree == 2 or swapped else OTHER


def _lasts(one: Row, other: Row) -> str:
    mine, theirs = _last_names(one), _last_names(other)
    if mine & theirs:
        return SAME
    pairs = [(a, b) for a in mine for b in theirs]
    parts = (set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split()) for a, b in pairs)
    return NEAR if any(parts) or any(_one_slip(a, b) for a, b in pairs) else OTHER


def _firsts(one: Row, other: Row) -> str:
    mine, theirs = fold(one.first_name), fold(other.first_name)
    if mine == theirs:
        return SAME
    given = {fold(name) for row in (one, other) for name in row.other_first_names.split(",")}
    if mine in given or theirs in given:
        return ALIAS
    return NEAR if _one_slip(mine, theirs) else OTHER


def _one_slip(one: str, other: str) -> bool:
    one, other = compact(one), compact(other)
    allowed = max(len(one), len(other)) // LETTERS_PER_EDIT
    return bool(one and other) and OSA.distance(one, other, score_cutoff=allowed) <= allowed


_LASTS = {SAME: "même nom", NEAR: "nom proche", OTHER: "autre nom de famille"}
_FIRSTS = {SAME: "même prénom", ALIAS: "autre prénom connu", NEAR: "prénom proche", OTHER: "autre prénom"}
_DAYS = {
    SAME: "même date de naissance",
    UNKNOWN: "date de naissance non dite",
    NEAR: "date de naissance presque la même",
    OTHER: "autre date de naissance",
}


def _doubt(entry: Entry, person: Known) -> Doubt:
    row, other = entry.row, person.row
    last, first, day = _lasts(row, other), _firsts(row, other), _days(row, other)
    same_class = row.division_key is not None and row.division_key == other.division_key
    names = ("mêmes noms",) if last == first == SAME else (_LASTS[last], _FIRSTS[first])
    against = _contradiction(entry, other)
    said = (*names, _DAYS[day], "même classe" if same_class else "", against)
    class_unsaid = row.division_key is None and other.status == PRESENT
    plain = last == first == SAME and day == UNKNOWN and (same_class or class_unsaid) and not against
    return Doubt(person, tuple(filter(None, said)), plain)
