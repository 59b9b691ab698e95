"""What a pupil's own page knows of their next step, in *tu*; asked only by the pages that show it."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from preau.accounts.models import Account
from preau.rosters.models import Learner
from preau.scenarios.diagnosis import Diagnosis, diagnose
from preau.scenarios.facts import around, facts_of


def pupil(request: HttpRequest) -> dict[str, object]:
    """Give `my_diagnosis`: that of whoever is signed in, or None when no pupil here is theirs."""
    return {"my_diagnosis": SimpleLazyObject(lambda: _diagnosis(request))}


def _diagnosis(request: HttpRequest) -> Diagnosis | None:
    """Of the school they were attached to last."""
    user = getattr(request, "user", None)
    if not isinstance(user, Account):
        return None
    mine = Learner.objects.present().filter(attachments__account=user, attachments__ended_at=None)
    learner = mine.select_related("establishment").order_by("-attachments__made_at", "-pk").first()
    if learner is None:
        return None
    return diagnose(facts_of(learner, around(learner.establishment, at=timezone.now(), alone=user)))
