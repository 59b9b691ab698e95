"""Take a file in."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from preau.accounts.models import Account
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosters.actions.give_up_reading import give_up_reading
from preau.rosters.calendar import CalendarMode, mode_of
from preau.rosters.models import (
    DEPARTURE_WITHHELD,
    FILE_KEPT,
    SILENCE,
    ImportChange,
    ImportQuestion,
    ImportState,
    PendingFile,
    RosterImport,
)
from preau.rosters.waiting import without_task

OPEN = (ImportState.READING, ImportState.MAPPING, ImportState.READY)


@transaction.atomic
def start_import(
    *,
    establishment: Establishment,
    file_name: str,
    content: bytes,
    by: Account | None,
    at: datetime,
    ask_worker: bool = True,
) -> RosterImport:
    """Keep a file until the worker has read it, and ask for that; the same file twice at once is one import.

    The task is written in the same transaction as the file: either both are there or neither. Without
    `ask_worker`, the caller reads the import itself. `by` is None for the machine.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    close_interrupted(establishment=establishment, at=at)
    same = establishment.imports.filter(sha256=sha256, state__in=OPEN)
    if (found := same.first()) is not None:
        if _still_holds(found, establishment, at):
            return found
        ImportChange.objects.filter(roster_import=found).delete()
        ImportQuestion.objects.filter(roster_import=found).delete()
        PendingFile.objects.filter(roster_import=found).delete()
        same.update(state=ImportState.DROPPED)
    try:
        with transaction.atomic():
            made = RosterImport.objects.create(
                establishment=establishment,
                file_name=file_name[:255],
                sha256=sha256,
                size=len(content),
                uploaded_by=by,
                uploaded_at=at,
                progress_at=at,
            )
    except IntegrityError:
        return same.get()  # somebody brought the same file at the same moment
    PendingFile.objects.create(roster_import=made, content=content)
    record(verb="import-depose", at=at, by=by, uai=establishment.uai, about=made.file_name, number=made.pk)
    if ask_worker:
        _ask_to_read(made)
    return made


def close_interrupted(*, establishment: Establishment, at: datetime) -> None:
    """Give up the readings that have been silent for too long and that nobody will take up."""
    silent = establishment.imports.filter(state=ImportState.READING, progress_at__lt=at - SILENCE)
    if numbers := list(silent.values_list("pk", flat=True)):
        give_up_reading(roster_imports=without_task(numbers))


def _still_holds(found: RosterImport, establishment: Establishment, at: datetime) -> bool:
    """Whether reading the file again would say the same: same roster, same day (exits depend on it)."""
    if found.state == ImportState.READING:
        return True
    if found.state == ImportState.MAPPING:
        return at - found.uploaded_at < FILE_KEPT
    version = Establishment.objects.values_list("roster_version", flat=True).get(pk=establishment.pk)
    today = timezone.localdate(at)
    if mode_of(establishment, on=today) == CalendarMode.ADDITIONS:
        same_mode = not found.departures
    else:
        same_mode = all(problem["code"] != DEPARTURE_WITHHELD for problem in found.problems)
    return same_mode and found.base_version == version and timezone.localdate(found.uploaded_at) == today


def _ask_to_read(roster_import: RosterImport) -> None:
    from preau.rosters.tasks import read_roster_file  # the task's module knows the actions

    read_roster_file.enqueue(roster_import.pk)
