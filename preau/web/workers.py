"""Whether somebody does the tasks: every worker says that it lives, and whoever watches the server is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from preau.web.models import Worker

EVERY = 10.0  # seconds between two signs of life
SILENT = timedelta(seconds=60)  # a busy host may miss some
FORGOTTEN = timedelta(days=1)
HOW = "systemctl restart 'preau-taches@*' (ou « preau worker »), puis journalctl -u 'preau-taches@*' -n 50"


@dataclass(frozen=True, slots=True)
class Workers:
    """How many live, since when the last sign of life (seconds; None: never one), and whether it was stopped."""

    living: int
    silent_for: float | None
    stopped: bool = False

    @property
    def fine(self) -> bool:
        """Somebody does the tasks."""
        return self.living > 0

    @property
    def words(self) -> str:
        """What is wrong, in plain French; nothing when all is well."""
        if self.fine:
            return ""
        if self.silent_for is None:
            return "aucun processus de tâches n’a encore vécu ici"
        fate = "a été arrêté" if self.stopped else "ne donne plus signe de vie (tué, bloqué, ou sans base)"
        return f"aucun processus de tâches ne vit : le dernier {fate}, il y a {lasting(self.silent_for)}"

    @property
    def sentence(self) -> str:
        """The same, alone on its line."""
        return self.words[:1].upper() + self.words[1:] + "."


def say_alive(name: str, *, stopped: bool = False) -> None:
    """This worker lives, or stops as it was asked to; those of yesterday are forgotten."""
    sign = Worker(name=name, seen_at=Now(), stopped=stopped)
    Worker.objects.bulk_create(
        [sign], update_conflicts=True, unique_fields=["name"], update_fields=["seen_at", "stopped"]
    )
    Worker.objects.exclude(name=name).filter(seen_at__lt=Now() - FORGOTTEN).delete()


def workers() -> Workers:
    """What the last sign says, and how many are recent, by the clock of the database."""
    said = Worker.objects.annotate(now=Now()).order_by("-seen_at").values_list("now", "seen_at", "stopped")
    signs = [(now - seen_at, stopped) for now, seen_at, stopped in said]
    if not signs:
        return Workers(living=0, silent_for=None)
    living = sum(age < SILENT and not stopped for age, stopped in signs)
    age, stopped = signs[0]
    return Workers(living, max(0.0, age.total_seconds()), stopped)


def lasting(seconds: float) -> str:
    """« 40 secondes », « 12 minutes », « 3 heures », « 2 jours »."""
    for span, one, many in ((86_400, "jour", "jours"), (3600, "heure", "heures"), (60, "minute", "minutes")):
        if seconds >= span:
            number = int(seconds // span)
            return f"{number} {one if number == 1 else many}"
    return f"{int(seconds)} secondes" if seconds >= 2 else "une seconde"
