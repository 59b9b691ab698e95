"""Reading one roster file: from bytes to frozen pupils and problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import BinaryIO

from preau.rosterfiles.dates import school_year_of
from preau.rosterfiles.encoding import as_utf8, detect
from preau.rosterfiles.limits import Limits
from preau.rosterfiles.packaging import Document, unpacked
from preau.rosterfiles.problems import UnreadableFile, make_problem
from preau.rosterfiles.prolog import FLAT_ROOTS, root_of
from preau.rosterfiles.pupil import Problem, RosterFile
from preau.rosterfiles.roster import settle
from preau.rosterfiles.siecle import Harvest, harvest

Progress = Callable[[int, int], None]
_MOST_REPORTS = 100


def read_roster(
    source: bytes | BinaryIO,
    *,
    name: str = "",
    today: date,
    expected_uais: frozenset[str] | None = None,
    school_year: int | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> RosterFile:
    """Read a SIECLE export of pupils, zipped or not; never raises for what the file contains.

    `name` is the file's, for sentences only. `expected_uais` are the schools the file may come from,
    None for any. `school_year` is the year of the rentrée, by default that of `today`. `progress`
    gets (bytes done, bytes in all), at most a hundred times. A source that is a file must be open
    for reading bytes; it is left open.
    """
    limits = limits or Limits()
    try:
        with unpacked(source, limits) as document:
            found, notes = _harvest(document, limits, progress)
            return settle(
                found,
                notes=notes,
                today=today,
                expected_uais=expected_uais,
                school_year=school_year_of(today) if school_year is None else school_year,
            )
    except UnreadableFile as refusal:
        return _unreadable(refusal.problem)


def _harvest(document: Document, limits: Limits, progress: Progress | None) -> tuple[Harvest, list[Problem]]:
    head = document.head()
    encoding = detect(head, document.chunks)
    root = root_of(head, encoding.codec)
    notes = []
    if encoding.contradicts is not None:
        notes.append(make_problem("ENCODING_MISMATCH", label=encoding.contradicts))
    if document.among_others is not None:
        notes.append(make_problem("ZIP_OTHER_XML", name=document.among_others))
    chunks = _reported(document.chunks(), document.size, progress)
    found = harvest(as_utf8(chunks, encoding.codec), root=root, limits=limits)
    if not found.rows:
        raise UnreadableFile("NO_PUPILS")
    if found.unusual or root in FLAT_ROOTS:
        notes.append(make_problem("UNUSUAL_FILE"))
    return found, notes


def _reported(chunks: Iterable[bytes], size: int, progress: Progress | None) -> Iterator[bytes]:
    done, step, due = 0, max(1, size // (_MOST_REPORTS - 1)), 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if progress is not None and (done >= due or done == size):
            progress(done, size)
            due = done + step


def _unreadable(problem: Problem) -> RosterFile:
    return RosterFile(
        source="siecle",
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
