"""Two things cannot both be true: keep both sides for the staff, who decide."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Conflict, HelpRequest
from preau.attachments.refusals import InConflict
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosters.models import Learner


@transaction.atomic
def note_conflict(*, refusal: InConflict, help_request: HelpRequest | None, at: datetime) -> Conflict:
    """Keep what a refusal knows; the same conflict met again is the same case, brought up to date."""
    learner = refusal.facts["learner"]
    if not isinstance(learner, Learner):
        raise TypeError("a conflict is about a pupil")
    sides = {
        "account": _account_of(learner),
        "other_account": refusal.facts.get("other_account"),
        "other_learner": refusal.facts.get("other_learner"),
        "help_request": help_request,
    }
    opened = Conflict.objects.filter(learner=learner, kind=refusal.kind, seen_at=None)
    if not opened.update(**sides):
        try:
            with transaction.atomic():
                Conflict.objects.create(
                    establishment_id=learner.establishment_id,
                    learner=learner,
                    kind=refusal.kind,
                    made_at=at,
                    **sides,
                )
        except IntegrityError:  # the same click, twice at once
            opened.update(**sides)
        else:
            _record("conflit-vu", learner, by=None, at=at)
    return opened.get()


@transaction.atomic
def see_conflict(*, conflict: Conflict, by: Account, at: datetime) -> bool:
    """Take a case off the list; False when somebody else did it already."""
    if not Conflict.objects.filter(pk=conflict.pk, seen_at=None).update(seen_at=at, seen_by=by):
        return False
    _record("conflit-regle", conflict.learner, by=by, at=at)
    return True


def _account_of(learner: Learner) -> Account | None:
    found = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    return found.account if found else None


def _record(verb: str, learner: Learner, *, by: Account | None, at: datetime) -> None:
    uai = Establishment.objects.only("uai").get(pk=learner.establishment_id).uai
    record(verb=verb, at=at, by=by, uai=uai, about=learner.display_name, learner_id=learner.pk)
