"""Cards that turned out not to be needed: their pupils came in without them.

A card of a pupil who has a password stays a way into that account for thirty days, on a desk or in a bag. Voiding it
by itself at the next sign-in would also close the card of whoever lent a password to a brother; so a person does it,
in one tap, for a class whose lesson is over or for everybody.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Card, CardQuerySet
from preau.audit.actions import record
from preau.establishments.models import Membership
from preau.rosters.models import Division, Learner


def spare_cards(membership: Membership, *, at: datetime, division: int | None = None) -> CardQuerySet:
    """Cards that open a door still, of pupils who had a password before them and have signed in since."""
    came_in = Attachment.objects.active().filter(
        learner=OuterRef("learner"),
        account__password_chosen_at__lt=OuterRef("made_at"),
        account__last_login__gt=OuterRef("made_at"),
    )
    pupils = Learner.objects.reached_by(membership)
    if division is not None:
        pupils = pupils.filter(division=division)
    return Card.objects.valid(at).filter(Exists(came_in), learner__in=pupils.values("pk"))


@transaction.atomic
def void_spare(*, membership: Membership, division: Division | None, by: Account, at: datetime) -> int:
    """Close them, and return how many; whoever has not come in keeps their card."""
    spare = spare_cards(membership, at=at, division=division.pk if division else None)
    closed = spare.update(voided_at=at)
    if closed:
        about = f"la {division.name}" if division else "tous les élèves"
        uai = membership.establishment.uai
        record(verb="cartes-annulees", at=at, by=by, uai=uai, about=about, cards=closed)
    return closed
