"""Read a waiting file, compare it with the roster, and lay out what it would change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from preau.establishments.models import Establishment, school_year_of
from preau.rosterfiles.problems import UnreadableFile
from preau.rosterfiles.pupil import Problem, PupilRef, RosterFile, Severity, Who
from preau.rosterfiles.read import read_roster
from preau.rosterfiles.tables.columns import Mapping, Sample
from preau.rosters.calendar import CalendarMode, mode_of
from preau.rosters.diff import Diff, compare
from preau.rosters.kept_table import kept, read_again
from preau.rosters.models import (
    CODES_TO_SETTLE,
    DEPARTURE_WITHHELD,
    FILE_KEPT,
    ImportState,
    PendingFile,
    RosterImport,
)
from preau.rosters.rows import Known
from preau.rosters.staging import known_learners, load_changes, load_questions, made_by_hand

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
_SCHOOL_CLOCK = ZoneInfo("Europe/Paris")  # what SIECLE stamps its exports with
_MOST_MAPPINGS = 100
_UNSEEN = "Ajouté à la main et absent du fichier : gardé. S’il est parti, dites-le sur sa fiche."
_WITHHELD = "Départ mis de côté : le calendrier de rentrée ne prend que les arrivées."
_PACE = 0.3  # seconds between two signs of life


class ReadingFailed(Exception):
    """Something that is a bug of ours, named without a word of the file: what is logged is kept for long."""


def read_import(*, roster_import_id: int, clock: Clock) -> RosterImport | None:
    """Make a READING import READY, MAPPING or REFUSED, and forget the file, unless it is a table.

    Returns None when the import is not waiting to be read. Raises ReadingFailed, the import being then FAILED.
    """
    waiting = RosterImport.objects.select_related("establishment")
    roster_import = waiting.filter(pk=roster_import_id, state=ImportState.READING).first()
    pending = PendingFile.objects.filter(roster_import=roster_import_id).first()
    if roster_import is None or pending is None:
        return None
    try:
        _read(roster_import, pending, clock)
    except Exception as error:  # noqa: BLE001 - whatever broke, the screen must say that it did
        _finish(roster_import, ImportState.FAILED, clock)
        logger.error("Import %s failed: %s", roster_import_id, where := _where(error))
        raise ReadingFailed(where) from None
    return roster_import


def _read(roster_import: RosterImport, pending: PendingFile, clock: Clock) -> None:
    alive = _SignsOfLife(roster_import, clock)
    try:
        file = _file_of(roster_import, pending, alive, clock)
    except UnreadableFile as refusal:
        # Nobody was found where a person said the names are: better ask again than refuse for ever.
        roster_import.problems = [problem_document(refusal.problem)]
        _finish(roster_import, ImportState.MAPPING, clock, table=_Waiting(None, pending.sample or {}))
        return
    _note_file(roster_import, file)
    table = _waiting(pending, file.sample) if file.needs_mapping or not _is_refused(file) else None
    if file.needs_mapping:
        _finish(roster_import, ImportState.MAPPING, clock, table=table)
        return
    if _is_refused(file):
        roster_import.pupil_count = len(file.pupils)
        _finish(roster_import, ImportState.REFUSED, clock)
        return
    alive("compare", 1, 1)
    # The version first: an import applied in between makes this preview stale, never wrong.
    versions = Establishment.objects.values_list("roster_version", flat=True)
    roster_import.base_version = versions.get(pk=roster_import.establishment_id)
    known = known_learners(roster_import.establishment)
    mode = mode_of(roster_import.establishment, on=timezone.localdate(clock()))
    diff = compare(
        known,
        file.pupils,
        file.blocked,
        silent_on=file.silent_on,
        by_hand=made_by_hand(roster_import.establishment),
        departures=mode != CalendarMode.ADDITIONS,
    )
    roster_import.problems += kept_problems(diff)
    roster_import.pupil_count, roster_import.counts = diff.present, diff.counts()
    roster_import.emptied = diff.emptied
    alive("write", 1, 1)
    _finish(roster_import, ImportState.READY, clock, diff, table)


def _file_of(
    roster_import: RosterImport, pending: PendingFile, alive: _SignsOfLife, clock: Clock
) -> RosterFile:
    """What the file says; a table that waits is read again. Raises UnreadableFile for such a table only."""
    establishment, today = roster_import.establishment, timezone.localdate(clock())
    content, uais, year = bytes(pending.content), frozenset({establishment.uai}), school_year_of(today)
    said = mappings_of(establishment)
    if pending.sample is not None:
        return read_again(content, today=today, expected_uais=uais, school_year=year, mappings=said)

    def read(mappings: Sequence[Mapping]) -> RosterFile:
        return read_roster(
            content,
            name=roster_import.file_name,
            today=today,
            expected_uais=uais,
            school_year=year,
            progress=lambda done, total: alive("read", done, total),
            mapping=mappings,
        )

    file = read(said)
    if file.unreadable and not file.needs_mapping and said and (again := read(())).sample is not None:
        return replace(again, needs_mapping=True, problems=file.problems)
    return file


class _Waiting(NamedTuple):
    """A table to keep for a while: its cells, unless they are kept already, and what the screen shows of it."""

    content: bytes | None
    sample: dict[str, Any]


def _waiting(pending: PendingFile, sample: Sample | None) -> _Waiting | None:
    if sample is None:
        return None
    shown = asdict(sample) | {"columns": {field.value: column for field, column in sample.columns.items()}}
    return _Waiting(None if pending.sample is not None else kept(bytes(pending.content)), shown)


def mappings_of(establishment: Establishment) -> list[Mapping]:
    """What this school has said of the columns of its tables, the latest first."""
    said = establishment.column_mappings.order_by("-said_at").values_list("mapping", flat=True)
    return [Mapping.from_json(text) for text in said[:_MOST_MAPPINGS]]


def _finish(
    roster_import: RosterImport,
    state: ImportState,
    clock: Clock,
    diff: Diff | None = None,
    table: _Waiting | None = None,
) -> None:
    """Write the outcome, the changes and the end of the file together; nothing if nobody awaits it any more."""
    with transaction.atomic():
        awaited = RosterImport.objects.filter(pk=roster_import.pk, state=ImportState.READING)
        if not awaited.update(state=state, progress_at=clock()):
            return  # given up, with its file; or read by another worker, who kept what is to be kept
        roster_import.state = state
        roster_import.progress = {}
        roster_import.save()
        if diff is not None:
            _load(roster_import, diff)
        if table is not None:
            _keep(roster_import, table, clock())
        else:
            PendingFile.objects.filter(roster_import=roster_import.pk).delete()


def _load(roster_import: RosterImport, diff: Diff) -> None:
    about = diff.asked_about
    load_changes(roster_import, [change for change in diff.changes if change.learner_id not in about])
    open_now = [change for change in diff.changes if change.learner_id in about]
    load_changes(roster_import, open_now, asked=True)
    load_questions(roster_import, diff.questions)


def _keep(roster_import: RosterImport, table: _Waiting, at: datetime) -> None:
    """Let a table wait until its columns are said, without what nobody should keep of it."""
    from preau.rosters.tasks import forget_file  # the task's module knows the actions

    content = {} if table.content is None else {"content": table.content}
    PendingFile.objects.filter(roster_import=roster_import.pk).update(sample=table.sample, **content)
    forget_file.using(run_after=at + FILE_KEPT).enqueue(roster_import.pk)


def _is_refused(file: RosterFile) -> bool:
    """Whether no word of a person could make this file importable here."""
    refusals = (problem.code for problem in file.problems if problem.severity is Severity.REFUSED)
    return any(code not in CODES_TO_SETTLE for code in refusals)


def _note_file(roster_import: RosterImport, file: RosterFile) -> None:
    roster_import.source = file.source
    roster_import.school_year = file.school_year
    roster_import.exported_on = file.exported_on
    if file.exported_at is not None:
        roster_import.exported_at = file.exported_at.replace(tzinfo=_SCHOOL_CLOCK)
    roster_import.problems = [problem_document(problem) for problem in file.problems]


def problem_document(problem: Problem) -> dict[str, Any]:
    """A problem as the import keeps it, and as `preau import --json` prints it."""
    return {
        "severity": str(problem.severity.value),
        "code": problem.code,
        "who": str(problem.who.value),
        "pupil": asdict(problem.pupil) if problem.pupil is not None else None,
        "line": problem.line,
        "message": problem.message,
    }


def kept_problems(diff: Diff) -> list[dict[str, Any]]:
    """Whoever stays although the file does not say them: to be looked at, one by one."""
    return [
        *(_kept_problem(person, "BY_HAND_UNSEEN", _UNSEEN) for person in diff.kept_by_hand),
        *(_kept_problem(person, DEPARTURE_WITHHELD, _WITHHELD) for person in diff.withheld),
    ]


def _kept_problem(person: Known, code: str, message: str) -> dict[str, Any]:
    row = person.row
    name = f"{row.usage_name or row.last_name} {row.first_name}"
    return {
        "severity": str(Severity.TODO.value),
        "code": code,
        "who": str(Who.SECRETARIAT.value if code == "BY_HAND_UNSEEN" else Who.HEAD.value),
        "pupil": asdict(PupilRef(row.local_id, name, row.division)),
        "line": None,
        "message": message,
    }


def _where(error: Exception) -> str:
    """The kind of an error and where it rose, without its message: it may quote a pupil."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last is not None else "?"
    return f"{type(error).__name__} ({place})"


class _SignsOfLife:
    """Writes how far the reading is, outside any transaction, at most every 0.3 s."""

    def __init__(self, roster_import: RosterImport, clock: Clock) -> None:
        self._rows = RosterImport.objects.filter(pk=roster_import.pk, state=ImportState.READING)
        self._clock = clock
        self._due = time.monotonic() + _PACE

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() >= self._due:
            progress = {"stage": stage, "done": done, "total": total}
            self._rows.update(progress=progress, progress_at=self._clock())
            self._due = time.monotonic() + _PACE
