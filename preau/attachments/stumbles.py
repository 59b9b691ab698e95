"""What stops a pupil on the way in, told to whoever may be looking at the class; nothing of what was typed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.dispatch import Signal

from preau.accounts.actions import TooManyTries, WrongSignIn
from preau.attachments import refusals
from preau.audit.actions import record

if TYPE_CHECKING:
    from preau.accounts.models import Account
    from preau.rosters.models import Learner
    from preau.web.refusals import Refusal

# A known pupil could not go on. Arguments: learner_id, what (a Stumble), at. Sent outside any transaction of the deed.
stumbled = Signal()


class Stumble(models.TextChoices):
    """Why a pupil whom we know could not go on."""

    CARD_SPENT = "CARD_SPENT", "Sa carte a déjà servi"
    CARD_EXPIRED = "CARD_EXPIRED", "Sa carte est trop vieille"
    CARD_VOIDED = "CARD_VOIDED", "A tapé une ancienne carte"
    CARD_OF_OTHER = "CARD_OF_OTHER", "A la carte de quelqu’un d’autre"
    CARD_LENT = "CARD_LENT", "Quelqu’un d’autre a sa carte"
    HAS_ACCOUNT = "HAS_ACCOUNT", "A déjà un compte, sans preuve"
    WRONG_PASSWORD = "WRONG_PASSWORD", "Mot de passe refusé"
    SLOWED = "SLOWED", "Trop d’essais : doit attendre"
    FORGOTTEN = "FORGOTTEN", "A oublié son mot de passe"
    OTHER_ACCOUNT = "OTHER_ACCOUNT", "Le compte d’un autre élève était ouvert"
    TWO_ACCOUNTS = "TWO_ACCOUNTS", "Deux comptes ou deux identités à départager"
    OTHER_CLASS = "OTHER_CLASS", "A tapé le code d’une autre classe"
    NAMESAKE_IN = "NAMESAKE_IN", "Un compte du même nom, d’une autre classe, est entré"


OF_REFUSAL: dict[type[Refusal], Stumble] = {
    refusals.SpentCard: Stumble.CARD_SPENT,
    refusals.ExpiredCard: Stumble.CARD_EXPIRED,
    refusals.VoidedCard: Stumble.CARD_VOIDED,
    refusals.CardOfSomeoneElse: Stumble.CARD_OF_OTHER,
    refusals.LearnerTaken: Stumble.HAS_ACCOUNT,
    refusals.AccountTakenHere: Stumble.OTHER_ACCOUNT,
    WrongSignIn: Stumble.WRONG_PASSWORD,
    TooManyTries: Stumble.SLOWED,
}


def tell(learner_id: int | None, what: Stumble | None, *, at: datetime) -> None:
    """Say that this pupil stumbled; nobody when we do not know who it was."""
    if learner_id is not None and what is not None:
        stumbled.send(sender=Stumble, learner_id=learner_id, what=what, at=at)


def tell_refusal(refusal: Refusal, learner_id: int | None, *, at: datetime) -> None:
    """Say which refusal stopped this pupil, when it is one that an adult in the room can lift."""
    tell(learner_id, OF_REFUSAL.get(type(refusal)), at=at)


def notice_other_account(learner: Learner, account: Account, *, at: datetime) -> None:
    """Tell the staff that an account of another pupil of the school was used by this one (often a sibling's)."""
    record(
        verb="compte-d-un-autre",
        at=at,
        by=None,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        account=account.pk,
    )
    tell(learner.pk, Stumble.OTHER_ACCOUNT, at=at)
