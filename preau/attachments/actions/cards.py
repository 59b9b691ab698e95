"""Cards: made in bulk, opened by their code, spent once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from preau.accounts.models import Account
from preau.attachments.codes import LENGTH, derive_code, digest, kept, normalise_card_code
from preau.attachments.models import Card
from preau.attachments.refusals import (
    CardRefusal,
    ExpiredCard,
    IncompleteCode,
    LearnerLeft,
    SpentCard,
    UnknownCard,
    VoidedCard,
)
from preau.audit.actions import record, record_many
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus

CAMPAIGN_LENGTH = 9


@dataclass(frozen=True, slots=True)
class MadeCard:
    """A card and its code in clear, for the sheet being printed; the code exists nowhere else."""

    learner: Learner
    rank: int
    code: str


def make_cards(
    *,
    learners: Sequence[Learner],
    token: str,
    batch_number: str,
    expires_at: datetime,
    by: Account | None,
    at: datetime,
) -> list[MadeCard]:
    """Make one card per pupil still enrolled, in the order given, voiding the card each one had.

    All pupils are of one school. Pupils who left get none: compare what comes back with what was asked.
    """
    key = settings.CARD_KEYS[0]
    codes = [derive_code(token, rank, key=key) for rank in range(1, len(learners) + 1)]
    served = insert_cards(
        learners=learners,
        digests=[digest(code, key=key) for code in codes],
        batch_number=batch_number,
        expires_at=expires_at,
        by=by,
        at=at,
    )
    return [MadeCard(one, rank, codes[rank - 1]) for rank, one in enumerate(served, start=1)]


@transaction.atomic
def insert_cards(
    *,
    learners: Sequence[Learner],
    digests: Sequence[str],
    batch_number: str,
    expires_at: datetime,
    by: Account | None,
    at: datetime,
) -> list[Learner]:
    """The same, knowing of each code only its digest, rank by rank: who inserts could not read them. One insert.

    Returns the pupils served: the first of them has the first digest.
    """
    chosen = [learner.pk for learner in learners]
    # Locked, so that two people printing for one pupil make two cards one after the other.
    locked = Learner.objects.present().filter(pk__in=chosen).order_by("pk").select_for_update()
    still_here = set(locked.values_list("pk", flat=True))
    present = [learner for learner in learners if learner.pk in still_here]
    if not present:
        return []
    school = _one_school(present)
    Card.objects.filter(learner__in=still_here, used_at=None, voided_at=None).update(voided_at=at)
    Card.objects.bulk_create(
        [
            Card(
                learner=learner,
                batch_number=batch_number,
                rank=rank,
                digest=digests[rank - 1],
                made_at=at,
                expires_at=expires_at,
            )
            for rank, learner in enumerate(present, start=1)
        ],
        batch_size=2000,
    )
    people = [(learner.pk, learner.display_name) for learner in present]
    record_many(verb="carte-preparee", at=at, by=by, uai=school.uai, people=people, batch=batch_number)
    return present


def open_card(code: str, at: datetime) -> Card:
    """Find the valid card that has this code, with its pupil, class and school; it is not spent yet.

    Raises IncompleteCode, UnknownCard, SpentCard, VoidedCard, ExpiredCard, LearnerLeft.
    """
    normal = normalise_card_code(code)
    if normal is None:
        raise IncompleteCode(why_incomplete(code))
    digests = [digest(normal, key=key) for key in settings.CARD_KEYS]
    card = (
        Card.objects.filter(digest__in=digests)
        .select_related("learner__division", "learner__establishment")
        .first()
    )
    if card is None:
        raise UnknownCard
    refuse_closed(card, at=at)
    return card


@transaction.atomic
def spend_card(*, card: Card, at: datetime) -> Card:
    """Use a card up; of two tabs only one succeeds, the other gets the named refusal."""
    if not Card.objects.valid(at).filter(pk=card.pk).update(used_at=at):
        card.refresh_from_db()
        refuse_closed(card, at=at)
        raise SpentCard
    card.used_at = at
    learner = card.learner
    record(
        verb="carte-utilisee",
        at=at,
        by=None,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        batch=card.batch_number,
    )
    return card


def refuse_closed(card: Card, *, at: datetime) -> None:
    """Raise the refusal that says why this card opens nothing; the pupil's own state comes last."""
    closed: CardRefusal | None = None
    if card.used_at is not None:
        closed = SpentCard()
    elif card.voided_at is not None:
        closed = VoidedCard()
    elif card.expires_at <= at:
        closed = ExpiredCard()
    if closed is not None:
        closed.learner_id = card.learner_id
        raise closed
    if card.learner.status != LearnerStatus.PRESENT:
        raise LearnerLeft


def why_incomplete(typed: str) -> str:
    """Say what is wrong in what cannot be a card's code, in words for a pupil."""
    code = kept(typed)
    if not code:
        return "Tape le code qui est en bas de ta carte."
    if len(code) == CAMPAIGN_LENGTH and code[:6].isalpha() and code[6:].isdigit():
        return "C’est le code du tableau, pas celui de ta carte : va sur « J’ai un code »."
    if len(code) != LENGTH:
        return _miscounted(LENGTH - len(code))
    return "Un caractère n’existe pas sur nos cartes : il n’y a ni zéro, ni un, ni lettres O, I, L."


def _miscounted(missing: int) -> str:
    if missing == 1:
        return "Il manque un caractère : 3 groupes de 4."
    if missing == -1:
        return "Il y a un caractère de trop : 3 groupes de 4."
    if missing > 0:
        return gettext("Il manque {n} caractères : 3 groupes de 4.").format(n=missing)
    return gettext("Il y a {n} caractères de trop : 3 groupes de 4.").format(n=-missing)


def code_of(card: Card, token: str) -> str | None:
    """The code of this card, under whichever key was first when it was made; None when it is not this token's."""
    codes = ((derive_code(token, card.rank, key=key), key) for key in settings.CARD_KEYS)
    return next((code for code, key in codes if digest(code, key=key) == card.digest), None)


def _one_school(learners: Sequence[Learner]) -> Establishment:
    (establishment_id,) = {learner.establishment_id for learner in learners}
    return Establishment.objects.get(pk=establishment_id)
