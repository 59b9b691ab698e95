"""Where the reading of a file is, when nothing moves: in the queue, taken up after a crash, or lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from preau.rosters.models import SILENCE, ImportState, RosterImport
from preau.web.lifeline import silent_tasks

READING_TASK = "preau.rosters.tasks.read_roster_file"
_TO_COME = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


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
    task = reading_task(roster_import.pk)
    if task is None or not task.worker_ids:
        return False
    return task.status == TaskResultStatus.READY or silent_tasks().filter(pk=task.pk).exists()


def reading_task(roster_import_id: int) -> DBTaskResult[Any, Any] | None:
    """The task that reads this import, waiting or under way."""
    return _tasks_of([roster_import_id]).first()


def without_task(roster_imports: Iterable[int]) -> list[int]:
    """Those of these imports that no task will read."""
    numbers = list(roster_imports)
    read = {task.args_kwargs["args"][0] for task in _tasks_of(numbers)}
    return [number for number in numbers if number not in read]


def _tasks_of(roster_imports: Iterable[int]) -> Any:
    theirs = Q(pk__in=[])
    for number in roster_imports:
        theirs |= Q(args_kwargs={"args": [number], "kwargs": {}})
    return DBTaskResult.objects.filter(theirs, task_path=READING_TASK, status__in=_TO_COME)
