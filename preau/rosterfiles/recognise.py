"""What a deposited file is, from its content alone: never from its name nor its extension."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from preau.rosterfiles.encoding import Encoding, detect
from preau.rosterfiles.packaging import Container, Document
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import root_of
from preau.rosterfiles.tables.text import is_text


class Format(StrEnum):
    """Which reader a file is for."""

    SIECLE = "siecle"
    TEXT_TABLE = "text-table"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A format; the encoding and root are those of an XML file."""

    format: Format
    encoding: Encoding = field(default_factory=lambda: Encoding("utf-8-sig"))
    root: str = ""
    doubt: UnreadableFile | None = None  # what the file is, should no pupil be found in it


def recognise(document: Document) -> Recognised:
    """Say what to read a file with. Raises UnreadableFile for what is no file of pupils."""
    if document.container is Container.WORKBOOK:
        return Recognised(Format.WORKBOOK)
    head = document.head()
    try:
        encoding = detect(head, document.chunks)
        return Recognised(Format.SIECLE, encoding, root_of(head, encoding.codec))
    except UnreadableFile as refusal:
        if refusal.problem.code == "TEXT_TABLE" and is_text(head):
            return Recognised(Format.TEXT_TABLE)
        # A list of one column has no separator to be known by.
        if refusal.problem.code == "NOT_XML" and is_text(head):
            return Recognised(Format.TEXT_TABLE, doubt=refusal)
        raise
