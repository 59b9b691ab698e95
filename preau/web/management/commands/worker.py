"""`preau worker`: runs the tasks (imports…) that pages leave for later; as many as wanted, on as many hosts."""

from __future__ import annotations

from typing import Any

from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker


class Command(DatabaseWorker):
    help = "Traite les tâches en attente."

    def handle(self, **options: Any) -> None:
        # A person is watching a progress bar: look for work more often than the library's default, never reload.
        super().handle(**{**options, "reload": False, "interval": min(options["interval"], 0.5)})
