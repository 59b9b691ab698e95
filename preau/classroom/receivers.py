"""What a lesson hears from the other rooms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import IntegrityError, transaction
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from preau.accounts.models import Account
from preau.accounts.signals import tidying
from preau.attachments.stumbles import Stumble, stumbled
from preau.classroom.actions import close_due
from preau.classroom.demonstration import forget_trials
from preau.classroom.models import Difficulty, Session
from preau.classroom.siblings import notice
from preau.rosters.models import ChangeKind, ImportChange, RosterImport
from preau.rosters.signals import import_undone

KEPT_FOR = timedelta(days=7)  # after the lesson: its figures say enough


@receiver(stumbled)
def note_difficulty(learner_id: int, what: Stumble, at: datetime, **_: Any) -> None:
    """Keep what stopped a pupil, if their class has a lesson now; nothing otherwise."""
    lesson = Session.objects.running(at).filter(division__learners=learner_id).first()
    if lesson is None:
        return
    again = Difficulty.objects.filter(session=lesson, learner=learner_id, what=what)
    if again.update(count=F("count") + 1, at=at):
        return
    try:
        with transaction.atomic():
            Difficulty.objects.create(session=lesson, learner_id=learner_id, what=what, at=at)
    except IntegrityError:  # the same pupil, on two devices at once
        again.update(count=F("count") + 1, at=at)


@receiver(user_logged_in)
def notice_a_sibling(request: HttpRequest | None, user: Account, **_: Any) -> None:
    """An account enters while somebody of that name is awaited in another class: they and the teacher are told."""
    if request is not None:  # nobody to warn when no browser asked
        notice(request, user, at=timezone.now())


@receiver(tidying)
def tidy_lessons(at: datetime, **_: Any) -> None:
    """Close what nobody closed, forget who stumbled, and take old demonstration pupils away."""
    close_due(at=at)
    Difficulty.objects.filter(session__closed_at__lt=at - KEPT_FOR).delete()
    forget_trials(at=at)


@receiver(import_undone)
def forget_difficulties(roster_import: RosterImport, **_: Any) -> None:
    """Forget what stopped those whose row goes away with their import."""
    arrivals = ImportChange.objects.filter(roster_import=roster_import, kind=ChangeKind.ARRIVAL, kept=False)
    Difficulty.objects.filter(learner__in=arrivals.values("learner")).delete()
