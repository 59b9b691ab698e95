"""Somebody looked at a pupil whose account an import did not dare to give back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from preau.accounts.models import Account
from preau.attachments.models import RecognitionRefusal
from preau.audit.actions import record
from preau.rosters.models import Learner


@transaction.atomic
def see_doubts(*, learner: Learner, by: Account, at: datetime) -> bool:
    """Take a pupil off the list of accounts to check; False when somebody else did it already."""
    waiting = RecognitionRefusal.objects.filter(learner=learner, seen_at=None)
    if not waiting.update(seen_at=at, seen_by=by):
        return False
    uai = learner.establishment.uai
    record(verb="compte-verifie", at=at, by=by, uai=uai, about=learner.display_name, learner_id=learner.pk)
    return True
