"""`preau serve`: the pages and the worker, in one command, stopped together."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from honcho.manager import Manager

from preau.web.instance import leaving_file


class Command(BaseCommand):
    help = "Sert les pages et lance le traitement des tâches (Ctrl-C arrête tout)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="adresse d’écoute (par défaut : cette machine seulement)"
        )
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="processus pour les pages")
        parser.add_argument(
            "--tasks",
            type=int,
            default=1,
            help="processus pour les tâches (0 : aucun, lancez « preau worker »)",
        )

    def handle(self, *, host: str, port: int, workers: int, tasks: int, **options: Any) -> None:
        # Instances share VAR: each has files of its own, that no other rewrites while it reads them.
        os.environ["PREAU_INSTANCE"] = str(port)
        settings.STATIC_ROOT = settings.VAR_DIR / "static" / str(port)
        call_command("collectstatic", interactive=False, verbosity=0)
        if (left := leaving_file()) is not None:
            left.unlink(missing_ok=True)
        figures = _empty_folder(settings.VAR_DIR / "metriques" / str(port))
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "preau.settings", "PYTHONUNBUFFERED": "1"}
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
        if settings.LOCAL:
            environment["PREAU_LOCAL_URL"] = f"http://{host}:{port}"
        pages = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
        pages += ["--workers", str(workers), "--blocking-threads", "4", "--backlog", "1024", "--no-ws"]
        pages += ["--respawn-failed-workers", "--log-level", "warning", "preau.wsgi:application"]
        if not tasks:  # whoever stops the pages speaks to their server itself, which ends what it began
            os.execve(sys.executable, pages, environment)  # noqa: S606 - no shell is meant
        manager = Manager()
        manager.add_process("pages", _command(pages), env=environment)
        for rank in range(tasks):
            worker = [sys.executable, "-m", "preau", "worker"]
            manager.add_process(f"taches.{rank + 1}", _command(worker), env=environment)
        manager.loop()
        raise SystemExit(manager.returncode or 0)


def _empty_folder(folder: Path) -> Path:
    """Where the processes of the pages add up their figures; what an earlier run left counts no more."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return folder


def _command(words: list[str]) -> str:
    """One shell line; `exec` so that a stop reaches the process itself."""
    import shlex

    return "exec " + shlex.join(words)
