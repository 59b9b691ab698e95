"""For whom a card is to be prepared: who has no way in, who may have forgotten theirs, who may get a new code."""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, OuterRef, Q, QuerySet

from preau.accounts.models import ConnectionMode
from preau.attachments.models import Attachment, Card
from preau.establishments.models import school_year_start
from preau.rosters.models import LearnerQuerySet


def without_way_in(at: datetime) -> Q:
    """A condition on `Learner`: no card that would open a door, and no account they have already made theirs.

    An account is theirs once they chose its password or came by the Médiacentre; an identifier that was only given
    still needs the card that opens it. The reader adds `.present()`.
    """
    return ~Q(Exists(_own())) & ~Q(Exists(_card(at)))


def may_have_forgotten(at: datetime) -> Q:
    """A condition on `Learner`: a password of before the rentrée, not used since, and no card.

    One pupil in seven raised a hand for it in the simulated rentrée. Whoever enters by the tile of a school that chose
    the Médiacentre will not be asked for a password, and needs no card. The reader adds `.present()`.
    """
    start = school_year_start(at)
    old = Q(account__password_chosen_at__lt=start)
    unused = Q(account__last_login=None) | Q(account__last_login__lt=start)
    by_tile = Q(establishment__target_mode=ConnectionMode.MEDIACENTRE) & Q(
        Exists(_of_pupil().filter(Exists(_identity())))
    )
    return Q(Exists(_of_pupil().filter(old & unused))) & ~by_tile & ~Q(Exists(_card(at)))


def with_account(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those for whom a new code replaces a lost password."""
    return learners.present().filter(Exists(Attachment.objects.opening().filter(learner=OuterRef("pk"))))


def still_closed(learners: LearnerQuerySet) -> LearnerQuerySet:
    """Those who have not chosen a password yet, whatever other way they have: a card lets them."""
    opening = Attachment.objects.opening().filter(learner=OuterRef("pk"))
    return learners.present().exclude(Exists(opening.exclude(account__password_chosen_at=None)))


def _of_pupil() -> QuerySet[Attachment]:
    return Attachment.objects.active().filter(learner=OuterRef("pk"))


def _identity() -> QuerySet[SocialAccount]:
    return SocialAccount.objects.filter(user=OuterRef("account"))


def _own() -> QuerySet[Attachment]:
    return _of_pupil().filter(Q(account__password_chosen_at__isnull=False) | Exists(_identity()))


def _card(at: datetime) -> QuerySet[Card]:
    return Card.objects.valid(at).filter(learner=OuterRef("pk"))
