"""No task dies with its worker: every worker says that it is alive, and takes up what a dead one left.

The sign of life is `started_at` of the task it runs, written again every few seconds by the clock of the database, so
that several hosts need not agree on the time. A worker killed outright falls silent; so does one whose host is gone.
Idle or not, it also says that it lives (workers.py), for whoever watches the server.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished, task_started
from django_tasks_db.models import DBTaskResult

from preau.web.workers import EVERY, say_alive

logger = logging.getLogger(__name__)
SILENCE = timedelta(seconds=15)
_SIGNS_IN_A_SILENCE = 5  # a worker may miss some, on a busy host
_ATTEMPTS = 2
# What a task may take. A worker that is stuck in one says nothing more: it is left to others, as if it had died.
LONGEST = timedelta(minutes=30)


class WorkerGone(Exception):
    """Every worker that took this task died of it, or with it."""


def silent_tasks(silence: timedelta = SILENCE) -> QuerySet[DBTaskResult[Any, Any]]:
    """The tasks whose worker is gone."""
    return DBTaskResult.objects.running().filter(started_at__lt=Now() - silence)


def died_of(task_result: TaskResult[Any]) -> bool:
    """Whether a task failed because its workers died, not because it went wrong."""
    gone = f"{WorkerGone.__module__}.{WorkerGone.__qualname__}"
    return gone in {error.exception_class_path for error in task_result.errors}


def tasks_to_come(path: str, numbers: Iterable[int]) -> QuerySet[DBTaskResult[Any, Any]]:
    """The tasks at this path, each given one of these numbers, that wait or are under way."""
    theirs = Q(pk__in=[])
    for number in numbers:
        theirs |= Q(args_kwargs={"args": [number], "kwargs": {}})
    to_come = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return DBTaskResult.objects.filter(theirs, task_path=path, status__in=to_come)


def taken_up(task: DBTaskResult[Any, Any] | None) -> bool:
    """Whether a worker died while doing it, and another one is awaited."""
    if task is None or not task.worker_ids:
        return False
    return task.status == TaskResultStatus.READY or silent_tasks().filter(pk=task.pk).exists()


def take_up(silence: timedelta = SILENCE) -> None:
    """Have the tasks of dead workers done again, once; those that kill a second worker have failed.

    Tasks can be done twice: each does its work in one transaction. Who finds a failed one hears `task_finished`.
    """
    for task in silent_tasks(silence):
        as_found = silent_tasks(silence).filter(pk=task.pk, worker_ids=task.worker_ids)
        if len(task.worker_ids) < _ATTEMPTS:
            if as_found.update(status=TaskResultStatus.READY):
                logger.warning("Task %s lost its worker: it waits for another one", task.pk)
            continue
        with transaction.atomic():
            if as_found.update(status=TaskResultStatus.FAILED):
                logger.error("Task %s lost its worker %s times: given up", task.pk, _ATTEMPTS)
                task.set_failed(WorkerGone())
                task_finished.send(sender=type(task.task.get_backend()), task_result=task.task_result)


class Lifeline:
    """While open, in the process of a worker: signs of life for the task it runs, and an eye on the others."""

    def __init__(self, silence: timedelta = SILENCE, longest: timedelta = LONGEST, name: str = "") -> None:
        self._silence, self._longest, self._name = silence, longest, name
        self._told = -EVERY
        self._since = 0.0
        self._running: TaskResult[Any] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._live, name="lifeline", daemon=True)

    def __enter__(self) -> Lifeline:
        task_started.connect(self._note_start)
        task_finished.connect(self._note_end)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join(timeout=2)
        task_started.disconnect(self._note_start)
        task_finished.disconnect(self._note_end)

    def _note_start(self, task_result: TaskResult[Any], **_: Any) -> None:
        self._running, self._since = task_result, time.monotonic()

    def _note_end(self, task_result: TaskResult[Any], **_: Any) -> None:
        if self._running is not None and task_result.id == self._running.id:
            self._running = None

    def _live(self) -> None:
        closed = False
        while not closed:
            try:
                self._sign()
                take_up(self._silence)
                self._tell()
            except DatabaseError:  # busy, or gone for a moment: the next sign will do
                logger.warning("No sign of life could be written", exc_info=True)
                connection.close()
            closed = self._closed.wait(self._silence.total_seconds() / _SIGNS_IN_A_SILENCE)
        with suppress(DatabaseError):
            self._tell(stopped=True)
        connection.close()

    def _sign(self) -> None:
        if (task := self._running) is not None and not self._stuck():
            mine = DBTaskResult.objects.running().filter(pk=task.id, worker_ids=task.worker_ids)
            mine.update(started_at=Now())

    def _stuck(self) -> bool:
        return self._running is not None and time.monotonic() - self._since > self._longest.total_seconds()

    def _tell(self, *, stopped: bool = False) -> None:
        """Say to whoever watches the server that tasks are being done, every ten seconds."""
        if not self._name or self._stuck() or not (stopped or time.monotonic() - self._told >= EVERY):
            return
        say_alive(self._name, stopped=stopped)
        self._told = time.monotonic()
