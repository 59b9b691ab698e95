"""What a deposited file is, from its content alone: never from its name nor its extension."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from preau.rosterfiles.encoding import Encoding, detect
from preau.rosterfiles.packaging import Container, Document
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.prolog import AAF_ROOT, root_of
from preau.rosterfiles.tables.text import is_text


class Format(StrEnum):
    """Which reader a file is for."""

    SIECLE = "siecle"
    TEXT_TABLE = "text-table"
    WORKBOOK = "workbook"
    ONEROSTER = "oneroster"
    AAF = "aaf"


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
    if document.container is Container.SET:
        names = {part.name.lower() for part in document.parts}
        return Recognised(Format.ONEROSTER if any(name.endswith(".csv") for name in names) else Format.AAF)
    head = document.head()
    try:
        encoding = detect(head, document.chunks)
        root = root_of(head, encoding.codec)
        return Recognised(Format.AAF if root == AAF_ROOT else Format.SIECLE, encoding, root)
    except UnreadableFile as refusal:
        if refusal.problem.code == "TEXT_TABLE" and is_text(head):
            return Recognised(Format.TEXT_TABLE)
        # A list of one column has no separator to be known by.
        if refusal.problem.code == "NOT_XML" and is_text(head):
            return Recognised(Format.TEXT_TABLE, doubt=refusal)
        raise
