"""The switch for a bad day: a class, or the whole school, out of every browser and back by new cards."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction

from preau.accounts.actions import end_sessions
from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card, HelpRequest, HelpState
from preau.audit.actions import record, record_many
from preau.establishments.models import Establishment
from preau.rosters.models import Division, Learner


@dataclass(frozen=True, slots=True)
class Closed:
    """What the switch closed, in numbers."""

    pupils: int
    sessions: int
    cards: int
    passwords: int


@transaction.atomic
def close_everything(
    *, establishment: Establishment, division: Division | None, passwords: bool, by: Account, at: datetime
) -> Closed:
    """Sign everyone of this class or school out, void their cards and yeses, and on demand their passwords.

    All or nothing, a few statements whatever the number. For a school, colleagues are signed out too, but whoever
    does it stays. Attachments, attempts and results are kept; a pupil comes back with a new card.
    """
    pupils = Learner.objects.present().filter(establishment=establishment)
    if division is not None:
        pupils = pupils.filter(division=division)
    people = [(learner.pk, learner.display_name) for learner in pupils]
    learners = [pk for pk, _ in people]
    accounts = set(
        Attachment.objects.active().filter(learner__in=learners).values_list("account_id", flat=True)
    )
    staff: set[int] = set()
    if division is None:
        staff = set(establishment.memberships.values_list("account_id", flat=True)) - {by.pk}
    closed = Closed(
        pupils=len(people),
        sessions=end_sessions(accounts=accounts | staff),
        cards=Card.objects.filter(learner__in=learners, used_at=None, voided_at=None).update(voided_at=at),
        passwords=_void_passwords(accounts) if passwords else 0,
    )
    HelpRequest.objects.filter(
        establishment=establishment, learner__in=learners, state=HelpState.ACCEPTED
    ).update(state=HelpState.SETTLED)
    where = f"la {division.name}" if division else "tout l’établissement"
    record(
        verb="incident",
        at=at,
        by=by,
        uai=establishment.uai,
        about=where,
        sessions=closed.sessions,
        cards=closed.cards,
        passwords=closed.passwords,
    )
    if passwords:
        record_many(verb="mot-de-passe-annule", at=at, by=by, uai=establishment.uai, people=people)
    return closed


def _void_passwords(accounts: set[int]) -> int:
    """One statement; an adult's password is never touched."""
    adults = Account.objects.adults().values("pk")
    rows = Account.objects.filter(pk__in=accounts, password_chosen_at__isnull=False).exclude(pk__in=adults)
    return rows.update(password=UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30), password_chosen_at=None)
