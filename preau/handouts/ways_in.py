"""Who has no way in, who may get a new code: the pupils for whom a card is to be prepared."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, OuterRef, Q

from preau.attachments.models import Attachment, Card
from preau.rosters.models import LearnerQuerySet


def without_way_in(at: datetime) -> Q:
    """A condition on `Learner`: no card that would open a door, and no account they have already made theirs.

    An account is theirs once they chose its password or came by the Médiacentre; an identifier that was only given
    still needs the card that opens it. The reader adds `.present()`.
    """
    of_pupil = Attachment.objects.active().filter(learner=OuterRef("pk"))
    identity = SocialAccount.objects.filter(user=OuterRef("account"))
    own = of_pupil.filter(Q(account__password_chosen_at__isnull=False) | Exists(identity))
    card = Card.objects.valid(at).filter(learner=OuterRef("pk"))
    return ~Q(Exists(own)) & ~Q(Exists(card))


def with_account(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those for whom a new code replaces a lost password."""
    return learners.present().filter(Exists(Attachment.objects.opening().filter(learner=OuterRef("pk"))))


def still_closed(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those who have not chosen a password yet, whatever other way they have: a card lets them."""
    opening = Attachment.objects.opening().filter(learner=OuterRef("pk"))
    return learners.present().exclude(Exists(opening.exclude(account__password_chosen_at=None)))
