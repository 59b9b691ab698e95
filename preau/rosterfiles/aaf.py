"""What the academies' directory (annuaire académique fédérateur) says of pupils: one addRequest for each.

Source: annexe opérationnelle of the ministry's SDET, directory chapter. Schools have numbers of the
directory there (« 1234$6A »); the file of schools, EtabEducNat, gives their UAI.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import PurePosixPath
from typing import NamedTuple

from lxml import etree

from preau.rosterfiles.dates import UnreadableDate, parse_date, school_year_of
from preau.rosterfiles.encoding import as_utf8, detect
from preau.rosterfiles.identifiers import normalise_ine, normalise_uai
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.names import fold
from preau.rosterfiles.packaging import Document
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.progress import Meter, Progress
from preau.rosterfiles.prolog import AAF_ROOT, root_of, without_dtd
from preau.rosterfiles.pupil import Problem, RosterFile
from preau.rosterfiles.schools import Chosen, choose_school, valid_uai
from preau.rosterfiles.siecle import same_number
from preau.rosterfiles.streaming import local_name, records
from preau.rosterfiles.tables.read import Question
from preau.rosterfiles.tables.rows import Entry
from preau.rosterfiles.tables.settle import Origin, settle_table
from preau.rosterfiles.tables.table import clean

_REQUESTS = frozenset({"addRequest", "modifyRequest", "deleteRequest"})
_CATEGORIES = ("categoriePersonne", "categorieStructure")
_SCHOOL = ("ENTStructureJointure", "ENTStructureUAI", "ENTEtablissementUAI", "ENTStructureRNE")
# The attribute of Pupil that each one gives; addresses, phones and parents are never looked at.
_GIVES = {
    "ENTEleveStructRattachId": "local_id",
    "ENTEleveINE": "ine",
    "ENTPersonNomPatro": "usage_name",  # without it, sn may be either name
    "ENTPersonAutresPrenoms": "other_first_names",
    "ENTPersonDateNaissance": "birth_date",
    "ENTEleveClasses": "division",
    "ENTEleveGroupes": "groups",
}
_WANTED = frozenset(
    {*_CATEGORIES, *_SCHOOL, *_GIVES, "ENTPersonJointure", "ENTPersonStructRattach", "sn", "givenName"}
)
_NEVER_GIVEN = frozenset({"left_on", "entered_on"})
_NAME = re.compile(r"(?:^|_)(?P<uai>\d{7}[A-Z])_(?:Complet|Delta)", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"_(?:Complet|Delta)_(?P<day>20\d{6})(?:_|\.|$)", re.IGNORECASE | re.ASCII)
_MOST_VALUES = 1_000

Values = dict[str, list[str]]


class _Record(NamedTuple):
    """One pupil; `home` is the school that answers for them, classes and groups are of any school."""

    line: int
    home: str
    number: str
    local_id: str
    ine: str
    last_name: str
    usage_name: str
    first_name: str
    others: tuple[str, ...]
    born: str
    classes: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]

    def schools(self) -> set[str]:
        """Where they are a pupil: their own school, and those where they have a class."""
        return {school for school in (self.home, *(school for school, _ in self.classes)) if school}


@dataclass(slots=True)
class _Harvest:
    uais: dict[str, str] = field(default_factory=dict)  # by number of the directory
    records: list[_Record] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # the attributes that some pupil has, even empty
    sizes: Counter[str] = field(default_factory=Counter)  # pupils by school
    elsewhere: int = 0


def read_aaf(
    document: Document, *, name: str, question: Question, progress: Progress | None = None
) -> RosterFile:
    """The pupils of one school, from their file or from the zip that it came in with its sisters.

    `name` is that of what was deposited: « ENT_0931434D_Complet_20260915_Eleve_0000.xml » says which
    school it is of, when nothing inside does. Raises UnreadableFile.
    """
    parts = document.parts or (document,)
    names = [PurePosixPath(text).name for text in (name, *(part.name for part in parts))]
    if any("_delta_" in text.lower() for text in names):
        raise UnreadableFile("AAF_DELTA")
    notes: list[Problem] = []
    found = _harvest(_relevant(parts, question.limits), notes, question, progress)
    chosen = choose_school(found.sizes, found.uais, named=_school_in(names), expected=question.expected_uais)
    kept = [record for record in found.records if chosen.key is None or chosen.key in record.schools()]
    if elsewhere := found.elsewhere + len(found.records) - len(kept):
        notes.append(make_problem("OTHER_SCHOOLS", count=elsewhere))
    return _settled(kept, chosen, found, names, notes, question)


def _relevant(parts: tuple[Document, ...], limits: Limits) -> list[Document]:
    """The file of schools first, then those of pupils; the others are closed at their first record."""
    if len(parts) == 1:
        return list(parts)
    kinds = [(_kind(part, limits), part) for part in parts]
    schools = [part for kind, part in kinds if kind == "etabeducnat"]
    return schools + [part for kind, part in kinds if kind == "eleve"]


def _kind(part: Document, limits: Limits) -> str:
    try:
        for name, element, _ in _requests(part, Meter(part.size, None), [], limits):
            return _category(_read_values(element)) if name == "addRequest" else name
    except UnreadableFile as refusal:
        if refusal.problem.code == "EMPTY_FILE":
            return ""
        raise
    return ""


def _requests(
    part: Document, meter: Meter, notes: list[Problem], limits: Limits
) -> Iterator[tuple[str, etree._Element, int]]:
    head = part.head()
    encoding = detect(head, part.chunks)
    if root_of(head, encoding.codec) != AAF_ROOT:
        raise UnreadableFile("AAF_NO_PUPILS")
    if encoding.contradicts is not None:
        notes.append(make_problem("ENCODING_MISMATCH", label=encoding.contradicts))
    return records(
        without_dtd(as_utf8(meter.over(part.chunks()), encoding.codec)),
        root=AAF_ROOT,
        wanted=_REQUESTS,
        dropped=frozenset(),
        record_bytes=limits.record_bytes,
        opening=b"addRequest",
    )


def _harvest(
    parts: list[Document],
    notes: list[Problem],
    question: Question,
    progress: Progress | None,
) -> _Harvest:
    found, met = _Harvest(), False
    meter = Meter(sum(part.size for part in parts), progress)
    for part in parts:
        for name, element, line in _requests(part, meter, notes, question.limits):
            if name != "addRequest":
                raise UnreadableFile("AAF_DELTA")
            values = _read_values(element)
            category = _category(values)
            if category == "etabeducnat":
                _add_school(found, values, question.limits)
            elif category == "eleve":
                met = True
                found.seen.update(values)
                _add_pupil(found, _record(values, line), question)
    if not met:
        raise UnreadableFile("AAF_NO_PUPILS")
    return found


def _read_values(element: etree._Element) -> Values:
    found: Values = {}
    for attribute in element.iter("{*}attr"):
        name = attribute.get("name", "")
        if name in _WANTED:
            values = found.setdefault(name, [])
            texts = (clean(value.text or "") for value in attribute if local_name(value) == "value")
            values += [text for text in texts if text][:_MOST_VALUES]
    return found


def _category(values: Values) -> str:
    return next((values[name][0].lower() for name in _CATEGORIES if values.get(name)), "")


def _add_school(found: _Harvest, values: Values, limits: Limits) -> None:
    number, *candidates = (_first(values, name) for name in _SCHOOL)
    uai = next(filter(None, map(valid_uai, candidates)), "")
    if number and uai:
        found.uais[number] = uai
    if len(found.uais) > limits.table_rows:
        raise UnreadableFile("TOO_MANY_PUPILS", limit=limits.pupils)


def _add_pupil(found: _Harvest, record: _Record, question: Question) -> None:
    home = record.home or next((school for school, _ in record.classes), "")
    if home:
        found.sizes[home] += 1
    here = {found.uais.get(school) for school in record.schools()}
    # The files of an academy hold every school: only the one expected is kept on the way.
    if question.expected_uais and here and None not in here and not here & question.expected_uais:
        found.elsewhere += 1
        return
    found.records.append(record)
    if len(found.records) > question.limits.pupils:
        raise UnreadableFile("TOO_MANY_PUPILS", limit=question.limits.pupils)


def _record(values: Values, line: int) -> _Record:
    legal, usual, first = (_first(values, name) for name in ("ENTPersonNomPatro", "sn", "givenName"))
    others = [name.strip() for text in values.get("ENTPersonAutresPrenoms", ()) for name in text.split(",")]
    return _Record(
        line=line,
        home=_first(values, "ENTPersonStructRattach"),
        number=_first(values, "ENTPersonJointure"),
        local_id=same_number(_first(values, "ENTEleveStructRattachId")),
        ine=normalise_ine(_first(values, "ENTEleveINE")),
        last_name=legal or usual,
        usage_name=usual if legal else "",
        first_name=first,
        # Some academies repeat the first one there.
        others=tuple(name for name in dict.fromkeys(others) if name and fold(name) != fold(first)),
        born=_first(values, "ENTPersonDateNaissance"),
        classes=_codes(values, "ENTEleveClasses"),
        groups=_codes(values, "ENTEleveGroupes"),
    )


def _first(values: Values, name: str) -> str:
    return next(iter(values.get(name, ())), "")


def _codes(values: Values, name: str) -> tuple[tuple[str, str], ...]:
    """Each school and code of « 1234$6A »; the school is "" when only a code is written."""
    pairs = (
        text.rpartition("$")[::2] if text.count("$") < 2 else text.split("$")[:2]
        for text in values.get(name, ())
    )
    return tuple((school.strip(), code.strip()) for school, code in pairs if code.strip())


def _settled(
    kept: list[_Record],
    chosen: Chosen,
    found: _Harvest,
    names: list[str],
    notes: list[Problem],
    question: Question,
) -> RosterFile:
    silent = _NEVER_GIVEN | {given for name, given in _GIVES.items() if name not in found.seen}
    if not _are_numbers_of_pupils(kept):
        silent |= {"local_id"}
    exported_on = _day_in(names)
    file = settle_table(
        _entries(kept, chosen.key, silent),
        Origin(
            "aaf",
            normalise_uai(chosen.uai),
            _year_of(exported_on),
            with_ine="ine" not in silent,
            with_birth="birth_date" not in silent,
            with_classes=not {"division", "groups"} <= silent,
        ),
        notes=notes,
        today=question.today,
        expected_uais=question.expected_uais,
        school_year=question.school_year,
        limits=question.limits,
    )
    return replace(file, exported_on=exported_on, silent_on=frozenset(silent))


def _entries(kept: list[_Record], school: str | None, silent: frozenset[str]) -> Iterator[Entry]:
    for record in kept:
        second, third = (*record.others, "", "")[:2]
        yield Entry(
            line=record.line,
            ine=record.ine,
            number=record.number,
            last_name=record.last_name,
            usage_name=record.usage_name,
            first_name=record.first_name,
            second_name=second,
            third_name=third,
            born=record.born,
            entered="",
            left="",
            divisions=_of_school(record.classes, school),
            groups=_of_school(record.groups, school),
            sure_names=True,
            local_id="" if "local_id" in silent else record.local_id,
        )


def _of_school(codes: Iterable[tuple[str, str]], school: str | None) -> tuple[str, ...]:
    return tuple(code for where, code in codes if not where or school is None or where == school)


def _are_numbers_of_pupils(kept: list[_Record]) -> bool:
    """Whether ENTEleveStructRattachId is SIECLE's ELEVE_ID, as it should: some makers put the school's number."""
    numbers = [record.local_id for record in kept if record.local_id]
    return bool(numbers) and len(set(numbers)) * 2 > len(numbers)


def _school_in(names: list[str]) -> str:
    """The one UAI that the names of the files give, "" when they give none or several."""
    uais = {match["uai"].upper() for name in names if (match := _NAME.search(name))}
    return uais.pop() if len(uais) == 1 else ""


def _day_in(names: list[str]) -> date | None:
    for name in names:
        if match := _DAY.search(name):
            day = match["day"]
            try:
                return parse_date(f"{day[:4]}-{day[4:6]}-{day[6:]}")
            except UnreadableDate:
                continue
    return None


def _year_of(exported_on: date | None) -> int | None:
    """The school year of a nightly export; in August the directory may still hold last year's classes."""
    return None if exported_on is None or exported_on.month == 8 else school_year_of(exported_on)
