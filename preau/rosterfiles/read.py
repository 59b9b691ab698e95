"""Reading one roster file: from bytes to frozen pupils and problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from preau.rosterfiles.aaf import read_aaf
from preau.rosterfiles.dates import school_year_of
from preau.rosterfiles.encoding import as_utf8
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.oneroster import read_oneroster
from preau.rosterfiles.packaging import Document, unpacked
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.progress import Meter, Progress
from preau.rosterfiles.prolog import FLAT_ROOTS
from preau.rosterfiles.pupil import Problem, RosterFile
from preau.rosterfiles.recognise import Format, Recognised, recognise
from preau.rosterfiles.roster import settle
from preau.rosterfiles.siecle import Harvest, harvest
from preau.rosterfiles.tables.columns import Mapping
from preau.rosterfiles.tables.read import Question, read_list
from preau.rosterfiles.tables.text import open_text
from preau.rosterfiles.tables.workbook import open_workbook


def read_roster(
    source: bytes | BinaryIO,
    *,
    name: str = "",
    today: date,
    expected_uais: frozenset[str] | None = None,
    school_year: int | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    mapping: Mapping | Iterable[Mapping] = (),
) -> RosterFile:
    """Read a file of pupils, whatever its format and its name; never raises for what the file contains.

    `name` is the file's, never trusted to say what it is; that of a directory's file may say its school and
    its day. `expected_uais` are the schools the file may come from,
    None for any. `school_year` is the year of the rentrée, by default that of `today`. `progress`
    gets (bytes done, bytes in all), at most a hundred times. `mapping` is what somebody said of the
    columns of a table, once or for several tables: the one made for these titles is followed. A
    source that is a file must be open for reading bytes; it is left open.
    """
    limits = limits or Limits()
    question = Question(
        today,
        expected_uais,
        school_year_of(today) if school_year is None else school_year,
        limits,
        (mapping,) if isinstance(mapping, Mapping) else tuple(mapping),
    )
    kind = Format.SIECLE
    try:
        with unpacked(source, limits, tables=True) as document:
            recognised = recognise(document)
            kind = recognised.format
            if recognised.format is Format.SIECLE:
                return _read_siecle(document, recognised, question, progress)
            if recognised.format is Format.AAF:
                return read_aaf(document, name=name, question=question, progress=progress)
            if recognised.format is Format.ONEROSTER:
                return read_oneroster(document, question=question, progress=progress)
            return _read_table(document, recognised, question, progress)
    except UnreadableFile as refusal:
        return _unreadable(refusal.problem, kind)


def _read_siecle(
    document: Document, recognised: Recognised, question: Question, progress: Progress | None
) -> RosterFile:
    found, notes = _harvest(document, recognised, question.limits, progress)
    return settle(
        found,
        notes=notes,
        today=question.today,
        expected_uais=question.expected_uais,
        school_year=question.school_year,
    )


def _read_table(
    document: Document, recognised: Recognised, question: Question, progress: Progress | None
) -> RosterFile:
    data = b"".join(Meter(document.size, progress).over(document.chunks()))
    workbook = recognised.format is Format.WORKBOOK
    table = open_workbook(data, question.limits) if workbook else open_text(data, question.limits)
    file = read_list(table, question)
    named = file.sample is not None and not file.sample.missing
    if file.needs_mapping and recognised.doubt is not None and not named:
        raise recognised.doubt  # a letter, not a list; names alone are worth asking about
    return file


def _harvest(
    document: Document, recognised: Recognised, limits: Limits, progress: Progress | None
) -> tuple[Harvest, list[Problem]]:
    encoding, root = recognised.encoding, recognised.root
    notes = []
    if encoding.contradicts is not None:
        notes.append(make_problem("ENCODING_MISMATCH", label=encoding.contradicts))
    if document.among_others is not None:
        notes.append(make_problem("ZIP_OTHER_XML", name=document.among_others))
    chunks = Meter(document.size, progress).over(document.chunks())
    found = harvest(as_utf8(chunks, encoding.codec), root=root, limits=limits)
    if not found.rows:
        raise UnreadableFile("NO_PUPILS")
    if found.unusual or root in FLAT_ROOTS:
        notes.append(make_problem("UNUSUAL_FILE"))
    return found, notes


def _unreadable(problem: Problem, recognised: Format) -> RosterFile:
    feeds = (Format.AAF, Format.ONEROSTER)
    if recognised in feeds:
        problem = replace(problem, message=problem.message.replace(" depuis SIECLE", ""))
    return RosterFile(
        source=recognised.value if recognised in feeds else Format.SIECLE.value,
        uai=None,
        school_year=None,
        exported_on=None,
        exported_at=None,
        version=None,
        pupils=(),
        blocked=(),
        problems=(problem,),
        unreadable=True,
    )
