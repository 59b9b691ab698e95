"""A worker killed in the middle of an errand leaves nothing half-done; the next one does it, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card
from preau.audit.models import Entry
from preau.establishments.models import Membership
from preau.handouts import errands
from preau.handouts.actions import new_token, read_batch
from preau.handouts.models import Batch, Deed, Errand, ErrandState
from preau.web.lifeline import SILENCE, take_up
from tests.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)


def worker() -> None:
    call_command("worker", "--batch", "--no-startup-delay", "--interval", "0.05", verbosity=0)


def killed_at(step: str) -> int:
    """Fork a worker that dies by -9 as soon as this step is over; how it ended."""
    connections.close_all()
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    try:
        real: Callable[..., Any] = getattr(errands, step)

        def last(*args: Any, **kwargs: Any) -> Any:
            real(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(errands, step, last)
        worker()
    finally:
        os._exit(0)


def everything() -> tuple[int, ...]:
    """How many rows an errand would add."""
    return tuple(model.objects.count() for model in (Account, Attachment, Card, Batch, Entry))


def test_a_worker_killed_at_any_step_leaves_all_as_it_was_then_another_one_finishes() -> None:
    world: World = build_world()
    membership = Membership.objects.select_related("establishment", "account").get(account=world.boeuf)
    for step in ("_asker", "_named", "seal_batch", "_ended"):
        before, token = everything(), new_token()
        chosen = [
            pupil.pk for pupil in world.learners.values() if pupil.establishment_id == world.tilleuls.pk
        ]
        made = errands.ask_errand(
            deed=Deed.USERNAMES_AND_CARDS,
            membership=membership,
            chosen=chosen,
            token=token,
            at=timezone.now(),
        )
        assert os.WIFSIGNALED(killed_at(step)), step
        assert everything() == before, step
        assert Errand.objects.get(pk=made.pk).state == ErrandState.WAITING
        DBTaskResult.objects.filter(status="RUNNING").update(
            started_at=timezone.now() - SILENCE - timedelta(seconds=1)
        )
        take_up()
        worker()
        assert Errand.objects.get(pk=made.pk).state == ErrandState.DONE
        assert len(read_batch(membership=membership, token=token).cards) == len(chosen)
        Card.objects.all().delete()
