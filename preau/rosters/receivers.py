"""What the roster hears from other rooms."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished

from preau.establishments.models import Membership
from preau.establishments.signals import joined
from preau.rosters.actions.give_up_reading import DIED_TWICE, give_up_reading
from preau.rosters.models import Division
from preau.rosters.waiting import READING_TASK
from preau.web.lifeline import died_of


@receiver(joined)
def give_classes(membership: Membership, divisions: list[str], **_: Any) -> None:
    """Let a teacher reach exactly these classes; one that no import has brought yet is written down now."""
    wanted = {" ".join(name.split()).casefold(): " ".join(name.split()) for name in divisions}
    school = membership.establishment_id
    Division.objects.bulk_create(
        [Division(establishment_id=school, key=key, name=name) for key, name in wanted.items()],
        ignore_conflicts=True,
    )
    membership.divisions.set(Division.objects.filter(establishment_id=school, key__in=wanted))


@receiver(task_finished)
def end_reading(task_result: TaskResult[Any], **_: Any) -> None:
    """Say on the import's page that its reading was given up; nothing when the reading has said so itself."""
    if task_result.status == TaskResultStatus.FAILED and task_result.task.module_path == READING_TASK:
        why = DIED_TWICE if died_of(task_result) else ""
        give_up_reading(roster_imports=[task_result.args[0]], why=why)
