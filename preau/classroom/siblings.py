"""A pupil who uses a brother's or sister's password during a lesson: what can honestly be noticed.

Nobody can know who types. But when the account of a 5A enters while the 6B has a lesson, the 5A has none, and a pupil
of the same name is awaited in the 6B, the page says whose it is and how to leave, and the teacher's tile asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.http import HttpRequest

from preau.accounts.models import Account
from preau.attachments.models import Attachment
from preau.attachments.stumbles import Stumble, tell
from preau.classroom.models import Session
from preau.rosters.models import Learner

ELSEWHERE = "lesson-elsewhere"  # in the session: the class that has a lesson, until when
MOST = 3


class Elsewhere(NamedTuple):
    """A class that has a lesson now, where a pupil of the same family name is awaited."""

    division: str
    until: datetime
    awaited: list[int]


def lesson_elsewhere(account: Account, *, at: datetime) -> Elsewhere | None:
    """The lesson that whoever enters with this account may really be in; one question when no lesson runs."""
    entries = Attachment.objects.opening().filter(account=account)
    running = Session.objects.running(at).filter(establishment__in=entries.values("establishment"))
    lessons = {one.division_id: one for one in running.select_related("division").order_by("opened_at")}
    if not lessons:
        return None
    for own in Learner.objects.present().filter(pk__in=entries.values("learner")).order_by("pk"):
        if own.division_id in lessons:
            return None
        awaited = _awaited(own, list(lessons))
        if awaited:
            lesson = lessons[awaited[0].division_id]
            return Elsewhere(lesson.division.name, lesson.closes_at, [one.pk for one in awaited])
    return None


def _awaited(own: Learner, divisions: list[int]) -> list[Any]:
    """Pupils of these classes who bear this pupil's family name and are not in since their lesson opened."""
    names = [name for name in (own.last_name, own.usage_name) if name]
    entered = Attachment.objects.active().filter(
        account__last_login__gte=F("learner__division__lessons__opened_at"),
        learner__division__lessons__closed_at=None,
        learner__division__in=divisions,
    )
    alike = Learner.objects.present().filter(Q(last_name__in=names) | Q(usage_name__in=names))
    of_lessons = alike.filter(establishment=own.establishment_id, division__in=divisions)
    return list(of_lessons.exclude(pk__in=entered.values("learner")).order_by("division", "pk")[:MOST])


def notice(request: HttpRequest, account: Account, *, at: datetime) -> None:
    """Warn whoever entered, on their next pages, and the teacher who awaits somebody of that name."""
    found = lesson_elsewhere(account, at=at)
    if found is None:
        request.session.pop(ELSEWHERE, None)
        return
    request.session[ELSEWHERE] = [found.division, found.until.timestamp()]
    for learner in found.awaited:
        tell(learner, Stumble.NAMESAKE_IN, at=at)
