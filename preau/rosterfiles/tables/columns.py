"""Which column says what: guessed from titles and values, or told once by a person and remembered."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from preau.rosterfiles.identifiers import ine_kind, mask_ine
from preau.rosterfiles.names import compact, fold
from preau.rosterfiles.tables.headers import FIRST_LINES, Field, Other, meaning, rank, score
from preau.rosterfiles.tables.table import Line, Sheet
from preau.rosterfiles.tables.values import is_date, split_name

_UNTITLED = "sans-titres"
_SHOWN = 10
LOOKED_AT = 50
HIDDEN = "•••"
_PRIVATE_VALUE = re.compile(r"\S@\S|(?:\+|00)?\d(?:[ .-]?\d){8,13}|FR\d{2}(?: ?\w{4}){5}")
# One of these makes a list of names a list of pupils; the names alone might be the teachers'.
_TELLING: Final = (Field.BIRTH_DATE, Field.INE, Field.DIVISION, Field.GROUPS)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column holds what, for every table whose titles have this signature.

    `titled` is False when the first row is a pupil already. `division_from_sheet` takes the class from
    the name of the sheet.
    """

    signature: str
    columns: tuple[tuple[Field, int], ...]
    titled: bool = True
    division_from_sheet: bool = False

    def column(self, field: Field) -> int | None:
        """Where a field is, None when it is nowhere."""
        return dict(self.columns).get(field)

    def to_json(self) -> str:
        """The mapping as text, the same for the same mapping."""
        columns = {field.value: column for field, column in sorted(self.columns)}
        said = {"signature": self.signature, "columns": columns, "titled": self.titled}
        return json.dumps(said | {"division_from_sheet": self.division_from_sheet}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Mapping:
        """The mapping that `to_json` wrote. Raises ValueError for anything else."""
        try:
            said: dict[str, Any] = json.loads(text)
            columns = tuple((Field(name), _index(column)) for name, column in said["columns"].items())
            return cls(
                str(said["signature"]), columns, bool(said["titled"]), bool(said["division_from_sheet"])
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a mapping of columns") from error


def _index(column: object) -> int:
    if not isinstance(column, int) or isinstance(column, bool) or not 0 <= column < 10_000:
        raise ValueError("not the number of a column")
    return column


@dataclass(frozen=True, slots=True)
class Guess:
    """What could be understood of the columns of one sheet.

    `confidence` goes from 0 to 1; `missing` are fields without which no pupil can be named;
    `ambiguous` are titles that say what another column says already.
    """

    columns: dict[Field, int]
    confidence: float
    missing: tuple[Field, ...]
    ambiguous: tuple[str, ...] = ()
    private: tuple[int, ...] = ()  # columns never to be shown nor kept
    understood: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """One sheet whose row of titles was found, or that has none."""

    sheet: Sheet
    at: int | None  # position of the titles among its lines
    signature: str
    guess: Guess

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles as written; the columns' letters when there are none."""
        width = max((len(line.cells) for line in self.sheet.lines[:LOOKED_AT]), default=0)
        said = () if self.at is None else self.sheet.lines[self.at].cells
        return tuple(
            (str(said[at]) if at < len(said) else "") or f"Colonne {letters_of(at)}" for at in range(width)
        )

    @property
    def above(self) -> tuple[Line, ...]:
        """What stands above the titles: a school, a year, « Liste des élèves »."""
        return self.sheet.lines[: self.at or 0]

    @property
    def below(self) -> tuple[Line, ...]:
        """The rows of people."""
        return self.sheet.lines[0 if self.at is None else self.at + 1 :]


@dataclass(frozen=True, slots=True)
class Sample:
    """What the screen where a person names the columns has to show; what is private is masked."""

    sheet: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)  # names of pupils
    columns: dict[Field, int]  # guessed
    missing: tuple[Field, ...]
    private: tuple[int, ...]
    signature: str
    titled: bool


def letters_of(column: int) -> str:
    """The name that spreadsheets give a column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def signature_of(line: Line) -> str:
    """What identifies a row of titles, whatever its capitals, accents and spaces."""
    titles = [compact(str(cell)) for cell in line.cells]
    return hashlib.sha256("\x1f".join(titles).encode()).hexdigest()[:32]


def lay_out(sheet: Sheet) -> Layout:
    """Find the titles of a sheet and guess its columns."""
    at = _titles_at(sheet.lines)
    width = max((len(line.cells) for line in sheet.lines[:LOOKED_AT]), default=0)
    signature = f"{_UNTITLED}-{width}" if at is None else signature_of(sheet.lines[at])
    return Layout(sheet, at, signature, guess(sheet, at))


def lay_out_as(sheet: Sheet, mapping: Mapping) -> Layout | None:
    """The same where a person said the columns; None when the titles are others."""
    layout = lay_out(sheet)
    for at, line in enumerate(sheet.lines[:FIRST_LINES]):
        if signature_of(line) == mapping.signature:
            layout = Layout(sheet, at if mapping.titled else None, mapping.signature, layout.guess)
            break
    else:
        if mapping.signature != layout.signature:
            return None
        if not mapping.titled:
            layout = Layout(sheet, None, mapping.signature, layout.guess)
    columns = dict(mapping.columns)
    private = tuple(column for column in layout.guess.private if column not in columns.values())
    understood = not _missing(columns)
    return Layout(
        sheet, layout.at, layout.signature, Guess(columns, 1.0, _missing(columns), (), private, understood)
    )


def guess(sheet: Sheet, at: int | None) -> Guess:
    """Say what each column holds: by its title first, and by its values for what no title names."""
    columns: dict[Field, int] = {}
    private: list[int] = []
    twice: list[int] = []
    titles = () if at is None else sheet.lines[at].cells
    for column, title in enumerate(titles):
        said = meaning(title)
        if said is Other.PRIVATE:
            private.append(column)
        elif isinstance(said, Field):
            kept = columns.setdefault(said, column)
            if kept != column:
                if rank(title) < rank(titles[kept]):
                    columns[said] = column
                elif compact(str(title)) == compact(str(titles[kept])):
                    # Beyond a private column, what repeats the pupil's titles is about the parents.
                    (private or twice).append(column)
    lines = sheet.lines[0 if at is None else at + 1 :][:LOOKED_AT]
    _settle_names(columns, lines)
    named = not _missing(columns)
    telling = any(field in columns for field in _TELLING) or _says_pupils(sheet, at)
    understood = at is not None and named and telling
    if not understood:
        _guess_by_values(columns, lines, private)
    ambiguous = tuple(str(titles[column]) for column in twice)
    share = 0.5 * (not _missing(columns)) + 0.125 * sum(field in columns for field in _TELLING)
    return Guess(columns, share, _missing(columns), ambiguous, tuple(private), understood)


def _missing(columns: Iterable[Field]) -> tuple[Field, ...]:
    if Field.FULL_NAME in columns:
        return ()
    return tuple(field for field in (Field.LAST_NAME, Field.FIRST_NAME) if field not in columns)


def _says_pupils(sheet: Sheet, at: int | None) -> bool:
    """Whether « élèves » is written in the titles or above them, or on the sheet itself."""
    said = [sheet.name, *(str(cell) for line in sheet.lines[: (at or 0) + 1] for cell in line.cells)]
    return any(re.search(r"\beleves?\b", fold(text)) for text in said if len(text) < 200)


def _settle_names(columns: dict[Field, int], lines: Sequence[Line]) -> None:
    """« Nom » alone, or « Élève », may hold the whole name, or the surname beside a given name."""
    last, first, full = (columns.get(name) for name in (Field.LAST_NAME, Field.FIRST_NAME, Field.FULL_NAME))
    if last is not None and first is not None:
        columns.pop(Field.FULL_NAME, None)
    elif full is not None and first is not None and not _splits(lines, full):
        columns[Field.LAST_NAME] = columns.pop(Field.FULL_NAME)
    elif full is not None:
        columns.pop(Field.LAST_NAME, None)
        columns.pop(Field.FIRST_NAME, None)
    elif last is not None and _splits(lines, last):
        columns[Field.FULL_NAME] = columns.pop(Field.LAST_NAME)


def _splits(lines: Sequence[Line], column: int) -> bool:
    texts = [text for line in lines if (text := line.text(column))]
    return bool(texts) and sum(split_name(text)[2] for text in texts) * 10 >= 7 * len(texts)


def _guess_by_values(columns: dict[Field, int], lines: Sequence[Line], private: Sequence[int]) -> None:
    taken = {*columns.values(), *private}
    width = max((len(line.cells) for line in lines), default=0)
    for column in range(width):
        cells = [cell for line in lines if (cell := line.cell(column))]
        if column in taken or not cells:
            continue
        for wanted, fits in (
            (Field.BIRTH_DATE, is_date),
            (Field.INE, lambda cell: ine_kind(str(cell)) in {"RNIE", "BEA"}),
            (Field.FULL_NAME, lambda cell: not re.search(r"\d", str(cell)) and split_name(str(cell))[2]),
        ):
            lacking = wanted not in columns and (wanted is not Field.FULL_NAME or _missing(columns))
            if lacking and sum(map(fits, cells)) * 10 >= 8 * len(cells):
                columns[wanted] = column
                break


def _titles_at(lines: Sequence[Line]) -> int | None:
    """The row most like titles; failing any, the first that is as wide as most and holds no figures."""
    first = lines[:FIRST_LINES]
    scores = [score(line.cells) for line in first]
    best = max(scores, default=0)
    if best >= 2:
        return scores.index(best)
    widths = [sum(map(bool, line.cells)) for line in lines[:LOOKED_AT]]
    usual = max(set(widths), key=widths.count, default=0)
    if best >= 1 and usual <= 1:
        return scores.index(best)
    for at, line in enumerate(first):
        if widths[at] >= usual > 1:
            figures = any(is_date(cell) or re.search(r"\d{3}", str(cell)) for cell in line.cells if cell)
            return None if figures and not scores[at] else at
    return None


def sample_of(layout: Layout) -> Sample:
    """The first ten rows for a person to say what they are; private values masked."""
    titles = layout.titles
    rows = tuple(
        tuple(_shown(line, column, layout.guess) for column in range(len(titles)))
        for line in layout.below[:_SHOWN]
    )
    told = layout.guess
    return Sample(
        layout.sheet.name,
        titles,
        rows,
        dict(told.columns),
        told.missing,
        told.private,
        layout.signature,
        layout.at is not None,
    )


def _shown(line: Line, column: int, told: Guess) -> str:
    text = line.text(column)
    if not text:
        return ""
    if column in told.private:
        return HIDDEN
    if ine_kind(text):
        return mask_ine(text)
    return HIDDEN if _PRIVATE_VALUE.search(text) and not is_date(line.cell(column)) else text[:80]
