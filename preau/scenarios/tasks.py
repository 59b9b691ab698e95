"""What is done outside requests."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from preau.scenarios import digest
from preau.scenarios.models import WeeklyDigest


@task()
def send_digest(pk: int) -> bool:
    """Mail one weekly digest, unless its reader left or stopped it meanwhile."""
    found = WeeklyDigest.objects.filter(pk=pk).first()
    return found is not None and digest.send_digest(found, at=timezone.now())
