"""What this room says when an import is about to be undone, and what becomes of the pupils' attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from preau.accounts.models import Account
from preau.campaigns.actions import complete
from preau.campaigns.models import Participation
from preau.parcours.models import Attempt
from preau.parcours.signals import attempt_continuing, attempt_sent
from preau.rosters.models import ChangeKind, ImportChange, RosterImport
from preau.rosters.signals import Hold, import_undoing

CLOSED = "Ton professeur a fermé ce parcours. Tu peux envoyer tes réponses, ou attendre qu’il le rouvre."


@receiver(import_undoing)
def hold_participants(roster_import: RosterImport, **_: Any) -> list[Hold]:
    """Hold whoever has started something since: whom the import brought, and whom it recognised."""
    changes = ImportChange.objects.filter(roster_import=roster_import)
    arrivals = changes.filter(kind=ChangeKind.ARRIVAL)
    started = Participation.objects.filter(learner__in=arrivals.values("learner"))
    # Asked apart: « or » would read the participations of every school.
    others = changes.exclude(kind=ChangeKind.ARRIVAL).values("learner")
    since = Participation.objects.filter(learner__in=others, started_at__gte=roster_import.applied_at)
    tried = Attempt.objects.filter(learner__in=arrivals.values("learner"))
    words = "a commencé un parcours", "ont commencé un parcours"
    return [Hold(found.values("learner"), *words) for found in (started, since, tried)]


@receiver(attempt_continuing)
def say_closed(attempt: Attempt, at: datetime, **_: Any) -> str | None:
    """A campaign closed in the middle keeps what was answered; its code opens it again."""
    participation = Participation.objects.select_related("campaign").filter(attempt=attempt).first()
    if participation is None or participation.campaign.is_open(at):
        return None
    return CLOSED


@receiver(attempt_sent)
def note_done(attempt: Attempt, by: Account, at: datetime, **_: Any) -> None:
    """The results left: the participation is done."""
    known = Participation.objects.select_related("campaign__establishment", "learner")
    participation = known.filter(attempt=attempt).first()
    if participation is not None:
        complete(participation, account=by, at=at)
