"""The frozen values of an item: what the author wrote, what the pupil sees, what came of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from preau.web.refusals import Refusal

Source = Mapping[str, Any]


class Kind(StrEnum):
    """How one answers."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"
    NUMBER = "number"
    ORDER = "order"
    MATCH = "match"
    SETTINGS = "settings"  # a simulated settings page: the answer is the state it is left in


FIELDS = {
    Kind.SINGLE: "choose", Kind.MULTIPLE: "choose", Kind.TEXT: "write", Kind.NUMBER: "write",
    Kind.ORDER: "rows", Kind.MATCH: "rows", Kind.SETTINGS: "rows",
}  # fmt: skip


class AnswerRefused(Refusal):
    """Nothing is judged: the pupil is told what is missing and answers again."""

    message = "Réponds à la question, ou passe-la."


class UnknownResource(Refusal):
    message = "Ce fichier n’existe pas."


@dataclass(frozen=True, slots=True)
class Skill:
    """What an item shows one can do; `order` counts from 1, the easiest of its competence."""

    id: str
    competence: str
    level: int
    order: int
    statement: str


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One question as its author wrote it; `source` is the table of the TOML file, or a school's JSON."""

    id: str
    skill: Skill
    kind: Kind
    source: Source

    @property
    def practical(self) -> bool:
        """The answer is found by doing: opening a file, searching a page, setting something."""
        return self.kind == Kind.SETTINGS or bool(self.source.get("files") or self.source.get("pages"))


def read_item(source: Source, skill: Skill) -> Item:
    """An item from its table (of a file or of JSON); ValueError when the kind is unknown."""
    return Item(id=str(source["id"]), skill=skill, kind=Kind(source["kind"]), source=source)


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is a place in the order shown, so that it says nothing of the answer."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line to complete with a choice of its own: a step, the left half of a pair, a setting."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    start: str = ""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that goes with the question; `picture` is shown in the page, the others are opened."""

    name: str
    about: str
    alt: str = ""
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the pupil sees; it holds no solution."""

    item_id: str
    kind: Kind
    prompt: str
    legend: str
    paragraphs: tuple[str, ...] = ()
    code: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    choices: tuple[Choice, ...] = ()
    rows: tuple[Row, ...] = ()
    unit: str = ""
    files: tuple[FileLink, ...] = ()
    pages: tuple[Any, ...] = ()

    @property
    def answer_template(self) -> str:
        """The template that draws the fields of this kind."""
        return f"parcours/items/{FIELDS[self.kind]}.html"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an answer, in words to show: `given` as understood, `expected` as one writes it."""

    right: bool
    given: str
    expected: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A file as it is sent."""

    content: bytes
    content_type: str
    filename: str
