"""What the worker does for this room."""

from django.utils import timezone
from django_tasks import task

from preau.handouts.errands import run_errand


@task()
def do_errand(errand_id: int) -> None:
    """Do what was asked for many pupils; nothing when it is done, or given up."""
    run_errand(errand_id=errand_id, at=timezone.now())
