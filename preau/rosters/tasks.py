"""What the worker does for this room."""

from django.utils import timezone
from django_tasks import task

from preau.rosters.actions.read_import import read_import


@task()
def read_roster_file(roster_import_id: int) -> None:
    """Read a file that is waiting; nothing when it is no longer awaited."""
    read_import(roster_import_id=roster_import_id, clock=timezone.now)
