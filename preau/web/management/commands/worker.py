"""`preau worker`: runs the tasks (imports…) that pages leave for later; as many as wanted, on as many hosts."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from preau.web.lifeline import SILENCE, Lifeline, take_up

logger = logging.getLogger(__name__)
AGAIN_AFTER = 1.0  # seconds


class Command(DatabaseWorker):
    help = "Traite les tâches en attente, et reprend celles d’un processus qui a disparu."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--silence",
            type=float,
            default=SILENCE.total_seconds(),
            help="secondes sans signe de vie après lesquelles la tâche d’un autre processus est reprise",
        )

    def configure_logging(self, verbosity: int) -> None:
        """Leave it to PREAU_LOG_LEVEL, like every other process; the library would set levels of its own."""

    def handle(self, **options: Any) -> None:
        # A person is watching a progress bar: look for work more often than the library's default, never reload.
        options |= {"reload": False, "interval": min(options["interval"], 0.5)}
        span = timedelta(seconds=options.pop("silence"))
        while True:
            try:
                take_up(span)
                with Lifeline(span, name=options["worker_id"]):
                    return super().handle(**options)
            except (OperationalError, InterfaceError):
                # A database that restarts, or that somebody holds for long, must not end every later task.
                logger.warning("The database does not answer: looking for work again in a moment")
                connection.close()
                time.sleep(AGAIN_AFTER)
