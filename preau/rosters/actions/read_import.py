"""Read a waiting file, compare it with the roster, and lay out what it would change."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from preau.establishments.models import Establishment, school_year_of
from preau.rosterfiles.pupil import Problem, RosterFile, Severity
from preau.rosterfiles.read import read_roster
from preau.rosterfiles.tables.columns import Mapping, Sample
from preau.rosters.diff import Diff, compare
from preau.rosters.models import CODES_TO_SETTLE, FILE_KEPT, ImportState, PendingFile, RosterImport
from preau.rosters.staging import known_learners, load_changes, load_questions

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
_SCHOOL_CLOCK = ZoneInfo("Europe/Paris")  # what SIECLE stamps its exports with
_MOST_MAPPINGS = 100
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
        _read(roster_import, bytes(pending.content), clock)
    except Exception as error:  # noqa: BLE001 - whatever broke, the screen must say that it did
        _finish(roster_import, ImportState.FAILED, clock)
        logger.error("Import %s failed: %s", roster_import_id, where := _where(error))
        raise ReadingFailed(where) from None
    return roster_import


def _read(roster_import: RosterImport, content: bytes, clock: Clock) -> None:
    establishment, today = roster_import.establishment, timezone.localdate(clock())
    alive = _SignsOfLife(roster_import, clock)

    def read(mappings: Sequence[Mapping]) -> RosterFile:
        return read_roster(
            content,
            name=roster_import.file_name,
            today=today,
            expected_uais=frozenset({establishment.uai}),
            school_year=school_year_of(today),
            progress=lambda done, total: alive("read", done, total),
            mapping=mappings,
        )

    said = mappings_of(establishment)
    file = read(said)
    if file.unreadable and not file.needs_mapping and said and (again := read(())).sample is not None:
        # Nobody was found where a person said the names are: better ask again than refuse for ever.
        file = replace(again, needs_mapping=True, problems=(*file.problems, *again.problems))
    _note_file(roster_import, file)
    if file.needs_mapping:
        _finish(roster_import, ImportState.MAPPING, clock, sample=file.sample)
        return
    if _is_refused(file):
        roster_import.pupil_count = len(file.pupils)
        _finish(roster_import, ImportState.REFUSED, clock)
        return
    alive("compare", 1, 1)
    # The version first: an import applied in between makes this preview stale, never wrong.
    versions = Establishment.objects.values_list("roster_version", flat=True)
    roster_import.base_version = versions.get(pk=establishment.pk)
    diff = compare(known_learners(establishment), file.pupils, file.blocked, silent_on=file.silent_on)
    roster_import.pupil_count, roster_import.counts = diff.present, diff.counts()
    roster_import.emptied = diff.emptied
    alive("write", 1, 1)
    _finish(roster_import, ImportState.READY, clock, diff, file.sample)


def mappings_of(establishment: Establishment) -> list[Mapping]:
    """What this school has said of the columns of its tables, the latest first."""
    said = establishment.column_mappings.order_by("-said_at").values_list("mapping", flat=True)
    return [Mapping.from_json(text) for text in said[:_MOST_MAPPINGS]]


def _finish(
    roster_import: RosterImport,
    state: ImportState,
    clock: Clock,
    diff: Diff | None = None,
    sample: Sample | None = None,
) -> None:
    """Write the outcome, the changes and the end of the file together; nothing if nobody awaits it any more.

    A table, of which there is a `sample`, stays for a while: its columns may have to be said.
    """
    with transaction.atomic():
        awaited = RosterImport.objects.filter(pk=roster_import.pk, state=ImportState.READING)
        if awaited.update(state=state, progress_at=clock()):
            roster_import.state = state
            roster_import.progress = {}
            roster_import.save()
            if diff is not None:
                _load(roster_import, diff)
            if sample is not None:
                _keep(roster_import, sample, clock())
                return
        PendingFile.objects.filter(roster_import=roster_import.pk).delete()


def _load(roster_import: RosterImport, diff: Diff) -> None:
    about = diff.asked_about
    load_changes(roster_import, [change for change in diff.changes if change.learner_id not in about])
    open_now = [change for change in diff.changes if change.learner_id in about]
    load_changes(roster_import, open_now, asked=True)
    load_questions(roster_import, diff.questions)


def _keep(roster_import: RosterImport, sample: Sample, at: datetime) -> None:
    from preau.rosters.tasks import forget_file  # the task's module knows the actions

    shown = asdict(sample) | {"columns": {field.value: column for field, column in sample.columns.items()}}
    PendingFile.objects.filter(roster_import=roster_import.pk).update(sample=shown)
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
