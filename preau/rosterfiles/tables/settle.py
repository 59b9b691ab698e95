"""From the rows of a list to its pupils: who is there once, twice, or under a name that two people bear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from preau.rosterfiles.checks import Checker, check_school, check_year
from preau.rosterfiles.dates import date_or_none
from preau.rosterfiles.divisions import Placement, place, structure
from preau.rosterfiles.doubles import Sorted, ref_of, sort_doubles
from preau.rosterfiles.identifiers import ine_problem
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.names import fold
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.pupil import Problem, Pupil, RosterFile, Status
from preau.rosterfiles.siecle import CUT, SEPARATOR, Row
from preau.rosterfiles.tables.rows import Entry

# Where the secretariat corrects a pupil: the sentences about SIECLE's own files name it.
_SOFTWARE = {
    "siecle-xls": "dans SIECLE",
    "aaf": "dans SIECLE",
    "onde": "dans ONDE",
    "fregata": "dans FREGATA",
}
_ELSEWHERE = "dans le logiciel d’où vient la liste"
_NO_TABLES = frozenset({"oneroster", "aaf"})
_LONGEST_INE, _LONGEST_NAME, _LONGEST_CODE, _LONGEST_DATE = 32, 100, 64, 32


@dataclass(frozen=True, slots=True)
class Origin:
    """What the file says of itself: mostly nothing."""

    source: str  # siecle-xls, onde, fregata, table, oneroster or aaf
    uai: str = ""
    school_year: int | None = None
    with_ine: bool = True
    with_birth: bool = True
    with_classes: bool = True

    @property
    def gathers(self) -> bool:
        """Whether several rows for one pupil are how such files are made."""
        return self.source == "siecle-xls"


@dataclass(frozen=True, slots=True)
class Person:
    """The rows of one pupil, put together."""

    row: Row
    placement: Placement
    lines: tuple[int, ...]
    sure_names: bool
    gone: bool


def settle_table(
    entries: Iterable[Entry],
    origin: Origin,
    *,
    notes: list[Problem],
    today: date,
    expected_uais: frozenset[str] | None,
    school_year: int,
    limits: Limits,
) -> RosterFile:
    """Say who is in the list, and everything that has to be known before importing it.

    Raises UnreadableFile when it lists nobody, or more people than a school.
    """
    people = list(_people(entries, limits))
    if not people:
        raise UnreadableFile("TABLE_NO_PUPILS")
    pupils = [_pupil(person, today) for person in people]
    # Not by their lines: two sheets have the same ones.
    by_row = {person.row: pupil for person, pupil in zip(people, pupils, strict=True)}
    doubles = sort_doubles([person.row.packed() for person in people], by_row.__getitem__)
    _sort_homonyms(people, pupils, doubles)
    kept, blocked, of_pupils = _sift(people, pupils, doubles, origin, today)
    of_file = [
        *notes,
        *check_school(origin.uai, expected_uais),
        *check_year(origin.school_year, school_year),
        *_file_notes(origin, people),
    ]
    reword = _rewording(origin)
    of_pupils.sort(key=lambda problem: problem.line or 0)
    return RosterFile(
        source=origin.source,
        uai=origin.uai or None,
        school_year=origin.school_year,
        exported_on=None,
        exported_at=None,
        version=None,
        pupils=tuple(kept),
        blocked=tuple(blocked),
        problems=tuple(reword(problem) for problem in (*of_file, *of_pupils)),
        unreadable=False,
    )


def _people(entries: Iterable[Entry], limits: Limits) -> Iterator[Person]:
    """Each pupil once, in the order of the file."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_key(entry), []).append(entry)
        if len(groups) > limits.pupils:
            raise UnreadableFile("TOO_MANY_PUPILS", limit=limits.pupils)
    _join_those_without_ine(groups)
    for group in groups.values():
        limit = limits.structures_per_pupil
        if max(len(group), sum(len(each.divisions) + len(each.groups) for each in group)) > limit:
            raise UnreadableFile("TOO_MANY_STRUCTURES", line=group[0].line, limit=limit)
        yield _person(group)


def _key(entry: Entry) -> tuple[str, ...]:
    """What two rows of one pupil have in common: INE and names, else names and date.

    Without a date nor a number, rows of one name in different classes may be of two people.
    """
    names = fold(entry.last_name), fold(entry.first_name), _day(entry.born)
    if entry.ine or entry.born:
        return (entry.ine, *names)
    apart = entry.number or SEPARATOR.join(entry.divisions).casefold()
    return ("", *names, apart)


def _join_those_without_ine(groups: dict[tuple[str, ...], list[Entry]]) -> None:
    """A row without INE, of the same names and date as one pupil who has an INE, is that pupil."""
    owners: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in groups:
        if key[0] and key[3]:
            owners.setdefault(key[1:], []).append(key)
    for key in [key for key in groups if not key[0] and len(owners.get(key[1:], ())) == 1]:
        groups[owners[key[1:]][0]] += groups.pop(key)


def _day(text: str) -> str:
    return str(date_or_none(text) or text)


def _person(group: list[Entry]) -> Person:
    structures = [structure("D", code[:_LONGEST_CODE]) for entry in group for code in entry.divisions]
    structures += [structure("G", code[:_LONGEST_CODE]) for entry in group for code in entry.groups]
    first = group[0]
    usage = _first(group, "usage_name")
    texts = [
        *(_first(group, "local_id")[:_LONGEST_INE], first.ine[:_LONGEST_INE], "", first.last_name),
        "" if usage.casefold() == first.last_name.casefold() else usage,
        first.first_name,
        *(_first(group, "second_name"), _first(group, "third_name")),
    ]
    too_long = max(map(len, texts)) > _LONGEST_NAME or len(first.ine) > _LONGEST_INE
    here = [entry for entry in group if not entry.gone]
    dates = [_first(group, name)[:_LONGEST_DATE] for name in ("born", "entered")]
    dates.append(_first(here or group, "left")[:_LONGEST_DATE])
    names = [text[:_LONGEST_NAME] for text in texts]
    row = Row._make((*names, *dates, CUT if too_long else "", str(first.line)))
    lines = tuple(entry.line for entry in group)
    return Person(row, place(structures), lines, all(entry.sure_names for entry in group), not here)


def _first(group: list[Entry], name: str) -> str:
    return next((text for entry in group if (text := getattr(entry, name))), "")


def _pupil(person: Person, today: date) -> Pupil:
    row, placement = person.row, person.placement
    entered, left = date_or_none(row.entered), date_or_none(row.left)
    past = left is not None and left < today and not (entered is not None and entered > left)
    gone = person.gone or past
    return Pupil(
        local_id=row.local_id or None,
        ine=row.ine or None,
        ine_alias=None,
        last_name=row.last_name,
        usage_name=row.usage_name or None,
        first_name=row.first_name,
        other_first_names=tuple(name for name in (row.second_name, row.third_name) if name),
        birth_date=date_or_none(row.born),
        division=placement.division,
        division_key=placement.division_key,
        groups=placement.groups,
        status=Status.LEFT if gone or placement.inactive else Status.PRESENT,
        left_on=left if past else None,
        entered_on=entered,
        line=int(row.line),
    )


def _sort_homonyms(people: list[Person], pupils: list[Pupil], doubles: Sorted) -> None:
    """Set apart those without INE nor birth date who share their names with somebody."""
    by_names: dict[tuple[str, str], list[int]] = {}
    for at, person in enumerate(people):
        if at not in doubles.merged:
            names = fold(person.row.last_name), fold(person.row.first_name)
            by_names.setdefault(names, []).append(at)
    for positions in by_names.values():
        if len(positions) < 2:
            continue
        namesakes = [pupils[at] for at in positions]
        lines = ", ".join(str(pupil.line) for pupil in namesakes[:10])
        for at, pupil in zip(positions, namesakes, strict=True):
            if pupil.ine is None and pupil.birth_date is None:
                doubles.blocked.add(at)
                problem = make_problem("HOMONYMS", pupil=ref_of(pupil), line=pupil.line, lines=lines)
                doubles.problems.append(problem)


def _sift(
    people: list[Person], pupils: list[Pupil], doubles: Sorted, origin: Origin, today: date
) -> tuple[list[Pupil], list[Pupil], list[Problem]]:
    """The pupils to import, those to leave out, and the problems of both."""
    placed = any(person.placement.division for person in people)
    checker = Checker(today, placed, frozenset())
    kept: list[Pupil] = []
    blocked: list[Pupil] = []
    problems = list(doubles.problems)
    for at, person in enumerate(people):
        if at in doubles.merged:
            continue
        pupil = pupils[at]
        problems += _problems(checker, person, pupil, origin)
        nameless = not (pupil.ine or (pupil.last_name and pupil.first_name))
        if nameless:
            problems.append(make_problem("PUPIL_UNNAMED", pupil=ref_of(pupil), line=pupil.line))
        (blocked if nameless or at in doubles.blocked else kept).append(pupil)
    return kept, blocked, problems


def _problems(checker: Checker, person: Person, pupil: Pupil, origin: Origin) -> Iterator[Problem]:
    # Lists have no ELEVE_ID, and what a whole column lacks is said once for the file.
    silenced = {"LOCAL_ID_MISSING", "NO_IDENTITY"}
    silenced |= set() if origin.with_ine else {"INE_MISSING"}
    silenced |= set() if origin.with_birth else {"BIRTH_DATE_MISSING"}
    if origin.source == "fregata" and pupil.ine and not ine_problem(pupil.ine, agricultural=True):
        silenced.add("INE_KEY")  # an INA is shaped like a BEA number, with another key
    for problem in checker.problems(person.row, pupil, person.placement):
        if problem.code not in silenced:
            yield problem
    if not person.sure_names:
        yield make_problem("NAME_SPLIT_DOUBTFUL", pupil=ref_of(pupil), line=pupil.line)
    if len(person.lines) > 1 and not origin.gathers:
        lines = ", ".join(map(str, person.lines[:5]))
        yield make_problem("PUPIL_DOUBLED", pupil=ref_of(pupil), line=pupil.line, lines=lines)


def _file_notes(origin: Origin, people: list[Person]) -> Iterator[Problem]:
    if not origin.with_ine:
        yield make_problem("INE_COLUMN_MISSING")
    if not origin.with_birth:
        yield make_problem("BIRTH_COLUMN_MISSING")
    placed = any(person.placement.division or person.placement.groups for person in people)
    if origin.with_classes and not placed:
        yield make_problem("NO_STRUCTURES")


def _rewording(origin: Origin) -> Callable[[Problem], Problem]:
    """The catalogue speaks of SIECLE's XML; the same sentences name here the software of the list."""
    place_to_correct = _SOFTWARE.get(origin.source, _ELSEWHERE)

    def reword(problem: Problem) -> Problem:
        message = problem.message.replace("dans SIECLE", place_to_correct).replace(" (UAJ absent)", "")
        if origin.source in _NO_TABLES:
            message = message.replace("Ce tableau", "Ce fichier")
        return problem if message == problem.message else replace(problem, message=message)

    return reword
