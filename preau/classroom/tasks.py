"""What the worker does for this room."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task


@task()
def close_when_over(session_id: int) -> None:
    """Close a lesson whose time has come; wait again for one that was prolonged, nothing for one that is closed."""
    from preau.classroom.actions import close_due  # the actions know the task
    from preau.classroom.models import Session

    at = timezone.now()
    if close_due(at=at, pk=session_id):
        return
    later = Session.objects.running(at).filter(pk=session_id).values_list("closes_at", flat=True).first()
    if later is not None:
        close_when_over.using(run_after=later).enqueue(session_id)
