"""What a SIECLE export of pupils says: the header, one row per ELEVE, their classes and groups.

Source: functional specification of SIECLE's XML exports, version 17.4 (2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from preau.rosterfiles.divisions import Structure, structure
from preau.rosterfiles.identifiers import ine_kind, normalise_ine
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.streaming import local_name, records

HEADER = frozenset({"UAJ", "ANNEE_SCOLAIRE", "DATE_EXPORT", "HORODATAGE"})
WANTED = HEADER | {"ELEVE", "STRUCTURES_ELEVE"}
# Never looked into: last year's class bears the same tags as this year's, the rest is not ours to read.
DROPPED = frozenset({"SCOLARITE_AN_DERNIER", "OPTIONS", "BOURSES", "ADRESSES"})
USUAL_PARENTS = frozenset({("ELEVE", "ELEVES", "DONNEES"), ("STRUCTURES_ELEVE", "STRUCTURES", "DONNEES")})

# « {*} »: whatever the namespace. The parser's own filter spares thirty objects a pupil.
_FIELDS = tuple(
    f"{{*}}{name}"
    for name in (
        *("ID_NATIONAL", "INE_RNIE", "INE_BEA"),
        *("NOM_DE_FAMILLE", "NOM", "NOM_USAGE", "PRENOM", "PRENOM2", "PRENOM3"),
        *("DATE_NAISS", "DATE_ENTREE", "DATE_SORTIE"),
        *("CODE_PAYS", "CODE_COMMUNE_INSEE_NAISS"),
    )
)
_NAME_LENGTH, _NUMBER_LENGTH, _CODE_LENGTH, _DATE_LENGTH = 100, 32, 64, 32
_FRANCE = "100"
# XML 1.0 has no such character: it can only be ours.
SEPARATOR = "\x1f"
_MOST_HEADERS = 1_000  # one of each is usual
BORN_NOWHERE = "B"  # in France, without a commune
CUT = "C"  # something was too long

Assignments = tuple[Structure, ...]  # in the order of the file


class Row(NamedTuple):
    """One ELEVE as written, before dates are read; "" is missing."""

    local_id: str
    ine: str
    ine_alias: str
    last_name: str
    usage_name: str
    first_name: str
    second_name: str
    third_name: str
    born: str
    entered: str
    left: str
    oddities: str  # BORN_NOWHERE and CUT, or neither
    line: str

    def packed(self) -> str:
        """All of it in one string: a quarter of the memory, which is what 200,000 pupils need."""
        return SEPARATOR.join(self)

    @classmethod
    def unpacked(cls, text: str) -> Row:
        """The row that `packed` made."""
        return cls._make(text.split(SEPARATOR))


@dataclass(slots=True)
class Harvest:
    """All that one pass over a file brings back."""

    header: dict[str, str] = field(default_factory=dict)
    version: str | None = None
    rows: list[str] = field(default_factory=list)  # packed
    assignments: dict[str, Assignments] = field(default_factory=dict)  # by local_id
    nameless_assignments: int = 0
    doubled_assignments: set[str] = field(default_factory=set)
    structures: dict[tuple[str, str], Structure] = field(default_factory=dict)  # by type and code
    unknown_types: int = 0
    unusual: bool = False


def harvest(chunks: Iterable[bytes], *, root: str, limits: Limits) -> Harvest:
    """Read the records of a pupils' file, given in UTF-8. Raises UnreadableFile, never half a file."""
    result, headers = Harvest(), 0
    for name, element, line in records(
        chunks, root=root, wanted=WANTED, dropped=DROPPED, record_bytes=limits.record_bytes
    ):
        if name == "ELEVE":
            _note_place(result, element, name)
            result.rows.append(_read_row(element, line).packed())
            if len(result.rows) > limits.pupils:
                raise UnreadableFile("TOO_MANY_PUPILS", limit=limits.pupils)
        elif name == "STRUCTURES_ELEVE":
            _note_place(result, element, name)
            _add_assignments(result, element, line, limits)
        else:
            headers += 1
            if headers > _MOST_HEADERS:
                raise UnreadableFile("OVERSIZED_RECORD", line=line)
            result.header.setdefault(name, (element.text or "").strip())
            result.version = element.getroottree().getroot().get("VERSION")
    return result


def _note_place(result: Harvest, element: etree._Element, name: str) -> None:
    if result.unusual:
        return
    parent = element.getparent()
    grandparent = None if parent is None else parent.getparent()
    if (
        parent is None
        or grandparent is None
        or (name, local_name(parent), local_name(grandparent)) not in USUAL_PARENTS
    ):
        result.unusual = True


def _read_row(element: etree._Element, line: int) -> Row:
    found: dict[str, str] = {}
    for child in element.iterchildren(*_FIELDS):
        if text := child.text:
            tag = child.tag
            found.setdefault(tag if tag[0] != "{" else local_name(child), text.strip())
    get = found.get
    ine, alias = _choose_ine(get("INE_RNIE", ""), get("ID_NATIONAL", ""), get("INE_BEA", ""))
    last, usage = get("NOM_DE_FAMILLE") or get("NOM", ""), get("NOM_USAGE", "")
    texts = (
        same_number(element.get("ELEVE_ID", "")),
        ine,
        alias,
        last,
        "" if not usage or usage.casefold() == last.casefold() else usage,
        get("PRENOM", ""),
        get("PRENOM2", ""),
        get("PRENOM3", ""),
        get("DATE_NAISS", ""),
        get("DATE_ENTREE", ""),
        get("DATE_SORTIE", ""),
    )
    # Nearly nobody has anything longer than the shortest of all limits.
    too_long = max(map(len, texts)) > _SHORTEST and any(
        len(text) > length for text, length in zip(texts, _LENGTHS, strict=True)
    )
    oddities = CUT if too_long else ""
    if get("CODE_PAYS") == _FRANCE and not get("CODE_COMMUNE_INSEE_NAISS"):
        oddities += BORN_NOWHERE
    return Row._make((*(map(_cut, texts, _LENGTHS) if too_long else texts), oddities, str(line)))


_LENGTHS = (*[_NUMBER_LENGTH] * 3, *[_NAME_LENGTH] * 5, *[_DATE_LENGTH] * 3)
_SHORTEST = min(_LENGTHS)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length]


def same_number(text: str) -> str:
    """ELEVE_ID as it is compared: its zero padding may vary from one section to another."""
    text = text.strip()
    return text.lstrip("0") or text[:1]


def _choose_ine(rnie: str, national: str, bea: str) -> tuple[str, str]:
    """RNIE, else ID_NATIONAL, else BEA; and the BEA one when it is another number."""
    rnie, national, bea = normalise_ine(rnie), normalise_ine(national), normalise_ine(bea)
    ine = rnie or national or bea
    alias = bea
    if not alias and national != ine and ine_kind(national) == "BEA":
        alias = national
    return ine, alias if alias != ine else ""


def _add_assignments(result: Harvest, element: etree._Element, line: int, limits: Limits) -> None:
    key = same_number(element.get("ELEVE_ID", ""))
    given = tuple(_structures(element, result))
    if not key:
        result.nameless_assignments += 1
        return
    before = result.assignments.get(key)
    if before is not None:
        result.doubled_assignments.add(key)
        given = before + tuple(each for each in given if each not in before)
    if len(given) > limits.structures_per_pupil:
        raise UnreadableFile("TOO_MANY_STRUCTURES", line=line, limit=limits.structures_per_pupil)
    result.assignments[key] = given
    if len(result.assignments) > limits.pupils:
        raise UnreadableFile("TOO_MANY_PUPILS", limit=limits.pupils)


def _structures(element: etree._Element, result: Harvest) -> Iterator[Structure]:
    for inside in element:
        code = kind = ""
        for child in inside:
            name = local_name(child)
            if name == "CODE_STRUCTURE":
                code = (child.text or "").strip()[:_CODE_LENGTH]
            elif name == "TYPE_STRUCTURE":
                kind = (child.text or "").strip().upper()
        if not code:
            continue
        if kind in ("D", "G"):
            # Classmates share one value: it is what 200,000 pupils need.
            known = result.structures.get((kind, code))
            if known is None:
                known = result.structures[kind, code] = structure(kind, code)
            yield known
        else:
            result.unknown_types += 1
