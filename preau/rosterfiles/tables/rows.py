"""From the rows of one sheet to people as the sheet lists them, dates not read yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from preau.rosterfiles.identifiers import normalise_ine
from preau.rosterfiles.names import compact, fold
from preau.rosterfiles.tables.columns import Layout, Mapping
from preau.rosterfiles.tables.headers import Field
from preau.rosterfiles.tables.table import Line
from preau.rosterfiles.tables.values import codes_of, date_text, filled, split_name

_NAMES = (Field.LAST_NAME, Field.FIRST_NAME, Field.FULL_NAME, Field.USAGE_NAME)
_PUPIL_PROFILES = ("eleve", "student", "apprenant", "etudiant", "national1")


class Entry(NamedTuple):
    """One row that lists one pupil; "" is missing."""

    line: int
    ine: str
    number: str
    last_name: str
    usage_name: str
    first_name: str
    second_name: str
    third_name: str
    born: str
    entered: str
    left: str
    divisions: tuple[str, ...]
    groups: tuple[str, ...]
    sure_names: bool
    gone: bool = False  # the file says so without a date
    local_id: str = ""


@dataclass(slots=True)
class Reading:
    """What was met on the way, besides the entries."""

    ignored: list[int] = field(default_factory=list)  # lines without a name
    others: int = 0  # rows of teachers, parents…
    mangled: dict[str, None] = field(default_factory=dict)  # class codes


def mapping_of(layout: Layout, *, division_from_sheet: bool = False) -> Mapping:
    """What a layout understood, in the form that is remembered."""
    return Mapping(
        layout.signature,
        tuple(sorted(layout.guess.columns.items())),
        layout.at is not None,
        division_from_sheet,
    )


def read_table(layout: Layout, mapping: Mapping, reading: Reading, *, from_1904: bool) -> Iterator[Entry]:
    """Each pupil row of a sheet; titles repeated down the page, totals and other people are left out."""
    reader = _Reader(dict(mapping.columns), layout, mapping.division_from_sheet, reading, from_1904)
    for line in layout.below:
        entry = reader.entry(line)
        if entry is not None:
            yield entry


class _Reader:
    def __init__(
        self,
        columns: dict[Field, int],
        layout: Layout,
        division_from_sheet: bool,
        reading: Reading,
        from_1904: bool,
    ) -> None:
        self._columns = columns
        self._reading = reading
        self._from_1904 = from_1904
        self._sheet_division = (layout.sheet.name,) if division_from_sheet and layout.sheet.name else ()
        titles = None if layout.at is None else layout.sheet.lines[layout.at]
        self._titles = {
            name: titles.text(columns[name]).casefold() for name in _NAMES if titles and name in columns
        }
        self._with_profiles = Field.PROFILE in columns and any(self._is_pupil(line) for line in layout.below)

    def entry(self, line: Line) -> Entry | None:
        if self._repeats_titles(line):
            return None
        last, first, sure = self._names(line)
        ine = normalise_ine(self._text(line, Field.INE))
        born = self._date(line, Field.BIRTH_DATE)
        if not self._names_somebody(line, last, first, ine, born):
            self._reading.ignored.append(line.number)
            return None
        if self._with_profiles and not self._is_pupil(line):
            self._reading.others += 1
            return None
        divisions, groups = self._structures(line)
        return Entry(
            line.number,
            ine,
            self._text(line, Field.NUMBER),
            last,
            self._text(line, Field.USAGE_NAME),
            first,
            self._text(line, Field.SECOND_NAME),
            self._text(line, Field.THIRD_NAME),
            born,
            self._date(line, Field.ENTERED),
            self._date(line, Field.LEFT),
            tuple(divisions) or self._sheet_division,
            tuple(groups),
            sure,
        )

    def _text(self, line: Line, name: Field) -> str:
        return filled(line.text(self._columns.get(name)))

    def _date(self, line: Line, name: Field) -> str:
        return date_text(line.cell(self._columns.get(name)), from_1904=self._from_1904)

    def _names(self, line: Line) -> tuple[str, str, bool]:
        if Field.FULL_NAME in self._columns:
            text = self._text(line, Field.FULL_NAME)
            return split_name(text) if text else ("", "", True)
        return self._text(line, Field.LAST_NAME), self._text(line, Field.FIRST_NAME), True

    def _names_somebody(self, line: Line, last: str, first: str, ine: str, born: str) -> bool:
        """« Total : 25 », « Édité le … » stand alone in their row, often where a name would."""
        if not last and not first:
            return bool(ine)
        if ine or born or self._text(line, Field.DIVISION):
            return True
        letters = fold(last + first)
        return bool(last and first and letters) and not any(map(str.isdigit, letters))

    def _repeats_titles(self, line: Line) -> bool:
        return bool(self._titles) and all(
            line.text(self._columns[name]).casefold() == title for name, title in self._titles.items()
        )

    def _is_pupil(self, line: Line) -> bool:
        return compact(line.text(self._columns.get(Field.PROFILE))).startswith(_PUPIL_PROFILES)

    def _structures(self, line: Line) -> tuple[list[str], list[str]]:
        divisions = self._codes(line, Field.DIVISION) or self._codes(line, Field.DIVISION_ID)
        groups = self._codes(line, Field.GROUPS)
        # In SIECLE's extraction each row gives one structure, a class when nothing says otherwise.
        if self._text(line, Field.STRUCTURE_TYPE).upper().startswith("G"):
            return [], divisions + groups
        return divisions, groups

    def _codes(self, line: Line, name: Field) -> list[str]:
        column = self._columns.get(name)
        codes, mangled = codes_of(line.cell(column), filled(line.text(column)))
        self._reading.mangled.update(dict.fromkeys(mangled))
        return codes
