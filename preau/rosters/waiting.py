"""Where the reading of a file is, when nothing moves: in the queue, taken up after a crash, or lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django_tasks_db.models import DBTaskResult

from preau.rosters.models import SILENCE, ImportState, RosterImport
from preau.web import lifeline

READING_TASK = "preau.rosters.tasks.read_roster_file"


def interrupted(roster_import: RosterImport, *, at: datetime) -> bool:
    """Whether its reading stopped without a word, and nobody will take it up.

    A file waiting for a worker is not lost, however long; one without a task (`preau import` reads by itself) is,
    after a long silence.
    """
    if roster_import.state != ImportState.READING or at - roster_import.progress_at <= SILENCE:
        return False
    return reading_task(roster_import.pk) is None


def taken_up(roster_import: RosterImport) -> bool:
    """Whether a worker died while reading it, and another one is awaited."""
    return lifeline.taken_up(reading_task(roster_import.pk))


def reading_task(roster_import_id: int) -> DBTaskResult[Any, Any] | None:
    """The task that reads this import, waiting or under way."""
    return lifeline.tasks_to_come(READING_TASK, [roster_import_id]).first()


def without_task(roster_imports: Iterable[int]) -> list[int]:
    """Those of these imports that no task will read."""
    numbers = list(roster_imports)
    read = {task.args_kwargs["args"][0] for task in lifeline.tasks_to_come(READING_TASK, numbers)}
    return [number for number in numbers if number not in read]
