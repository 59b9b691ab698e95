"""What the worker does for this room."""

from django.utils import timezone
from django_tasks import task

from preau.rosters.actions.read_import import read_import
from preau.rosters.actions.say_columns import forget_files


@task()
def read_roster_file(roster_import_id: int) -> None:
    """Read a file that is waiting; nothing when it is no longer awaited."""
    read_import(roster_import_id=roster_import_id, clock=timezone.now)


@task()
def forget_file(roster_import_id: int) -> None:
    """Erase a table that was kept so that its columns could be said; nothing when that is done."""
    forget_files(at=timezone.now(), roster_import_id=roster_import_id)
