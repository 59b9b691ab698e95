"""What this room hears from the worker."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished

from preau.handouts.errands import BROKEN, DIED_TWICE, end_errand
from preau.handouts.tasks import do_errand
from preau.web.lifeline import died_of


@receiver(task_finished)
def stop_errand(task_result: TaskResult[Any], **_: Any) -> None:
    """Say on the errand's page that its worker gave up; nothing of it was done."""
    failed = task_result.status == TaskResultStatus.FAILED
    if failed and task_result.task.module_path == do_errand.module_path:
        why = DIED_TWICE if died_of(task_result) else BROKEN
        end_errand(errand_id=task_result.args[0], why=why, at=timezone.now())
