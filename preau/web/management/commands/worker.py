"""`preau worker`: runs the tasks (imports…) that pages leave for later; as many as wanted, on as many hosts."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from preau.web.lifeline import SILENCE, Lifeline, take_up


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

    def handle(self, **options: Any) -> None:
        # A person is watching a progress bar: look for work more often than the library's default, never reload.
        options |= {"reload": False, "interval": min(options["interval"], 0.5)}
        span = timedelta(seconds=options.pop("silence"))
        take_up(span)
        with Lifeline(span):
            super().handle(**options)
