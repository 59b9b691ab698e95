"""Reading a list of pupils that is a table: which software made it, which sheets, which columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from preau.rosterfiles.identifiers import check_uai
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.names import compact
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.pupil import Problem, RosterFile
from preau.rosterfiles.tables.columns import Layout, Mapping, lay_out, lay_out_as, sample_of
from preau.rosterfiles.tables.headers import Field
from preau.rosterfiles.tables.rows import Entry, Reading, mapping_of, read_table
from preau.rosterfiles.tables.settle import Origin, settle_table
from preau.rosterfiles.tables.table import Sheet, Table

_YEAR = re.compile(r"\b(20\d\d) ?[-/–] ?(?:20)?(\d\d)\b")
_UAI = re.compile(r"\b\d{7}[A-Z]\b")
_MADE_BY = (
    ("siecle-xls", frozenset({"codestructure", "typestructure"})),
    ("onde", frozenset({"nomeleve", "cycle", "niveau"})),
    ("onde", frozenset({"nomeleve", "prenomeleve", "identifiantclasse"})),
    ("fregata", frozenset({"identifiantunique", "premierprenom", "division"})),
)
_GIVEN_BY = {
    "local_id": frozenset[Field](),
    "ine": frozenset({Field.INE}),
    "usage_name": frozenset({Field.USAGE_NAME}),
    "other_first_names": frozenset({Field.SECOND_NAME, Field.THIRD_NAME}),
    "birth_date": frozenset({Field.BIRTH_DATE}),
    "division": frozenset({Field.DIVISION, Field.DIVISION_ID}),
    "groups": frozenset({Field.GROUPS, Field.STRUCTURE_TYPE}),
    "left_on": frozenset({Field.LEFT}),
    "entered_on": frozenset({Field.ENTERED}),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller asks of any roster file; see `read_roster`."""

    today: date
    expected_uais: frozenset[str] | None
    school_year: int
    limits: Limits
    mappings: tuple[Mapping, ...] = ()


def read_list(table: Table, question: Question) -> RosterFile:
    """The pupils of a table, or the question of what its columns are.

    Raises UnreadableFile when there is nobody in it.
    """
    layouts = [_laid_out(sheet, question.mappings) for sheet in table.sheets if sheet.lines]
    if not any(layout.below for layout in layouts):
        raise UnreadableFile("TABLE_NO_PUPILS")
    told = _told(layouts, question.mappings)
    from_sheets = told.division_from_sheet if told else _one_sheet_per_class(layouts)
    read = [
        layout
        for layout in layouts
        if layout.guess.understood or (from_sheets and not layout.guess.missing and layout.at is not None)
    ]
    if not read:
        return _ask(max(layouts, key=lambda layout: len(layout.sheet.lines)))
    if not any(layout.below for layout in read):
        raise UnreadableFile("TABLE_NO_PUPILS")
    reading = Reading()
    mappings = [mapping_of(layout, division_from_sheet=from_sheets) for layout in read]
    entries: list[Entry] = []
    for layout, mapping in zip(read, mappings, strict=True):
        entries += read_table(layout, mapping, reading, from_1904=table.from_1904)
    file = settle_table(
        entries,
        _origin(read),
        notes=_notes(table, layouts, read, reading, from_sheets=from_sheets),
        today=question.today,
        expected_uais=question.expected_uais,
        school_year=question.school_year,
        limits=question.limits,
    )
    return replace(
        file,
        mapping=mappings[0],
        sample=sample_of(read[0]),
        silent_on=_silent_on(read, from_sheets=from_sheets),
    )


def _silent_on(read: list[Layout], *, from_sheets: bool) -> frozenset[str]:
    """The attributes of pupils that no column gives."""
    fields = {field for layout in read for field in layout.guess.columns}
    silent = {name for name, giving in _GIVEN_BY.items() if not giving & fields}
    return frozenset(silent - {"division"} if from_sheets else silent)


def _laid_out(sheet: Sheet, mappings: Sequence[Mapping]) -> Layout:
    for mapping in mappings:
        layout = lay_out_as(sheet, mapping)
        if layout is not None:
            return layout
    return lay_out(sheet)


def _told(layouts: list[Layout], mappings: Sequence[Mapping]) -> Mapping | None:
    signatures = {layout.signature for layout in layouts}
    return next((mapping for mapping in mappings if mapping.signature in signatures), None)


def _one_sheet_per_class(layouts: list[Layout]) -> bool:
    """Whether several sheets have the same titles, names among them, and none that gives a class."""
    alike = [
        layout
        for layout in layouts
        if not layout.guess.missing and layout.at is not None and Field.DIVISION not in layout.guess.columns
    ]
    return len(alike) > 1 and len({layout.signature for layout in alike}) == 1


def _ask(layout: Layout) -> RosterFile:
    return RosterFile(
        source="table",
        uai=None,
        school_year=None,
        exported_on=None,
        exported_at=None,
        version=None,
        pupils=(),
        blocked=(),
        problems=(make_problem("COLUMNS_UNKNOWN"),),
        unreadable=True,
        needs_mapping=True,
        sample=sample_of(layout),
    )


def _origin(read: list[Layout]) -> Origin:
    titles = {compact(title) for layout in read for title in layout.titles}
    source = next((name for name, needed in _MADE_BY if needed <= titles), "table")
    fields = {field for layout in read for field in layout.guess.columns}
    above = [str(cell) for layout in read for line in layout.above for cell in line.cells]
    schools = {uai for text in above for uai in _UAI.findall(text.upper()) if check_uai(uai).valid}
    years = {int(first) for text in above for first, last in _YEAR.findall(text) if _follows(first, last)}
    return Origin(
        source,
        schools.pop() if len(schools) == 1 else "",
        years.pop() if len(years) == 1 else None,
        with_ine=Field.INE in fields,
        with_birth=Field.BIRTH_DATE in fields,
    )


def _follows(first: str, last: str) -> bool:
    return (int(first) + 1) % 100 == int(last)


def _notes(
    table: Table, layouts: list[Layout], read: list[Layout], reading: Reading, *, from_sheets: bool
) -> list[Problem]:
    """What was left out, and what a person should look at."""
    private = dict.fromkeys(
        layout.titles[column]
        for layout in read
        for column in layout.guess.private
        if column < len(layout.titles)
    )
    unread = [layout.sheet.name for layout in layouts if layout not in read]
    twice = dict.fromkeys(title for layout in read for title in layout.guess.ambiguous)
    ignored = reading.ignored
    said: list[tuple[object, str, dict[str, Any]]] = [
        (table.contradicts, "ENCODING_MISMATCH", {"label": table.contradicts}),
        (table.odd_quotes, "QUOTES_ODD", {}),
        (private, "PRIVATE_COLUMNS", {"columns": _listed(private)}),
        (twice, "COLUMN_TWICE", {"columns": _listed(twice)}),
        (table.hidden, "SHEETS_HIDDEN", {"names": _listed(table.hidden)}),
        (unread, "SHEETS_IGNORED", {"names": _listed(unread)}),
        (from_sheets, "DIVISION_FROM_SHEET", {"names": _listed(layout.sheet.name for layout in read)}),
        (reading.mangled, "DIVISION_MANGLED", {"codes": _listed(reading.mangled)}),
        (ignored, "ROWS_IGNORED", {"count": len(ignored), "lines": _listed(map(str, ignored))}),
        (reading.others, "NOT_PUPILS", {"count": reading.others}),
    ]
    return [make_problem(code, **facts) for happened, code, facts in said if happened]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = ", …" if len(names) > 8 else ""
    return ", ".join(name[:60] for name in names[:8]) + more
