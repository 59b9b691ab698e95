"""Make a batch of cards, print it again while its page is open, void it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from preau.attachments.actions import code_of, insert_cards
from preau.attachments.codes import derive_code, digest
from preau.attachments.models import Attachment, Card
from preau.audit.actions import record
from preau.establishments.models import Membership, school_year_of
from preau.handouts.models import Batch
from preau.rosters.class_order import class_rank
from preau.rosters.models import Learner
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from preau.accounts.models import Account

VALID_FOR = timedelta(days=30)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_TRIES = 20


class TokenUnfit(Refusal):
    message = "Cette page est trop ancienne pour préparer des cartes. Rechargez-la, puis recommencez."


class TokenServed(Refusal):
    message = "Cette page a déjà servi à préparer un autre lot. Rechargez-la, puis choisissez de nouveau les élèves."


class NobodyToServe(Refusal):
    message = "Aucun élève présent parmi ceux choisis : il n’y a pas de carte à préparer."


class CodesGone(Refusal):
    message = "Ces codes ne peuvent plus être affichés : préparez un nouveau lot."


class BatchVoided(Refusal):
    message = "Ce lot est déjà annulé : ses cartes n’ouvrent plus rien."


@dataclass(frozen=True, slots=True)
class BatchCard:
    """A card as long as its code can be read: `code` is the twelve symbols, `rank` its place from 1."""

    learner: Learner
    code: str
    rank: int
    username: str | None


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """A batch with its codes in clear; never stored, never logged."""

    batch: Batch
    cards: tuple[BatchCard, ...]


def new_token() -> str:
    """A secret for one page: 32 random bytes, URL-safe; the codes of the batch follow from it."""
    return secrets.token_urlsafe(32)


def expiry(at: datetime) -> datetime:
    """The last second of the thirtieth day: « jusqu’au 3 octobre » includes 3 October, in Paris."""
    last = timezone.localdate(at + VALID_FOR)
    return timezone.make_aware(datetime.combine(last, time(23, 59, 59)))


@dataclass(frozen=True, slots=True)
class Seal:
    """What may be kept of the codes of a batch to come: digests, rank by rank, from which nobody reads a code."""

    token_digest: str
    digests: tuple[str, ...]


def seal(token: str, *, count: int) -> Seal:
    """The seal of the codes that this token gives to so many cards. Raises TokenUnfit."""
    if not _TOKEN.fullmatch(token):
        raise TokenUnfit
    key = settings.CARD_KEYS[0]
    codes = (derive_code(token, rank, key=key) for rank in range(1, count + 1))
    return Seal(_token_digest(token), tuple(digest(code, key=key) for code in codes))


@transaction.atomic  # with the reading: another batch of the same pupils voids these cards a moment later
def prepare_batch(
    *,
    membership: Membership,
    learners: Sequence[Learner],
    token: str,
    by: Account,
    at: datetime,
    label: str = "",
) -> PreparedBatch:
    """Make one card for each of these pupils, classes in order, and one batch that says so.

    The same token gives the same batch and the same codes, however often it is asked. Pupils that `membership` does
    not reach or who have left get none. Raises TokenUnfit, TokenServed, NobodyToServe, CodesGone.
    """
    sealed = seal(token, count=len(learners))
    batch = seal_batch(membership=membership, learners=learners, sealed=sealed, by=by, at=at, label=label)
    prepared = _in_clear(batch, membership, token)
    if not prepared.cards:
        raise CodesGone
    return prepared


@transaction.atomic
def seal_batch(
    *,
    membership: Membership,
    learners: Sequence[Learner],
    sealed: Seal,
    by: Account,
    at: datetime,
    label: str = "",
) -> Batch:
    """The same batch, made without its token: whoever makes it could not read its codes, only its page can.

    Raises TokenServed, NobodyToServe.
    """
    reached = _served(membership, learners)
    if not reached:
        raise NobodyToServe
    batch, made = _batch_of(
        membership,
        sealed.token_digest,
        label=label or label_of(reached),
        size=len(reached),
        by=by,
        at=at,
    )
    if made:
        insert_cards(
            learners=reached,
            digests=sealed.digests,
            batch_number=batch.number,
            expires_at=batch.expires_at,
            by=by,
            at=at,
        )
        record(
            verb="lot-prepare", at=at, by=by, uai=membership.establishment.uai,
            about=f"lot {batch.number}", cards=len(reached),
        )  # fmt: skip
    elif set(_all_cards(batch).values_list("learner_id", flat=True)) != {pupil.pk for pupil in reached}:
        raise TokenServed
    return batch


def read_batch(*, membership: Membership, token: str) -> PreparedBatch:
    """The batch that this token made, with its codes; cards used or voided since are left out. Raises CodesGone."""
    batch = Batch.objects.filter(
        establishment=membership.establishment, token_digest=_token_digest(token), voided_at=None
    ).first()
    prepared = _in_clear(batch, membership, token) if batch else None
    if prepared is None or not prepared.cards:
        raise CodesGone
    return prepared


def is_of(batch: Batch, token: str) -> bool:
    """Whether this token reads the codes of this batch; a batch that was voided is read by nobody."""
    return batch.voided_at is None and secrets.compare_digest(batch.token_digest, _token_digest(token))


@transaction.atomic
def void_batch(*, batch: Batch, by: Account, at: datetime) -> int:
    """Close every card of the batch that has not been used, and return how many. Raises BatchVoided."""
    if not Batch.objects.filter(pk=batch.pk, voided_at=None).update(voided_at=at):
        raise BatchVoided
    closed = _all_cards(batch).filter(used_at=None, voided_at=None).update(voided_at=at)
    record(
        verb="lot-annule",
        at=at,
        by=by,
        uai=batch.establishment.uai,
        about=f"lot {batch.number}",
        cards=closed,
    )
    return closed


def label_of(learners: Sequence[Learner]) -> str:
    """For whom a batch is, without a name: « 4 élèves de la 6C », « 12 élèves »."""
    names = {learner.division.name if learner.division else "" for learner in learners}
    count = f"{len(learners)} élève{'s' if len(learners) > 1 else ''}"
    name = names.pop()
    return f"{count} de la {name}" if name and not names else count


def _served(membership: Membership, learners: Sequence[Learner]) -> list[Learner]:
    reached = Learner.objects.reached_by(membership).present().filter(pk__in=[pupil.pk for pupil in learners])
    return sorted(
        reached.select_related("division").order_by("pk"),
        key=lambda pupil: (
            class_rank(pupil.division.name if pupil.division else None),
            pupil.sort_key,
            pupil.pk,
        ),
    )


def _batch_of(
    membership: Membership, token_digest: str, *, label: str, size: int, by: Account, at: datetime
) -> tuple[Batch, bool]:
    """The batch of this token, and whether it was made now; numbers follow each other even between two tabs."""
    school = membership.establishment
    year = school_year_of(timezone.localdate(at))
    for _ in range(_TRIES):
        known = Batch.objects.filter(establishment=school, token_digest=token_digest).first()
        if known:
            return known, False
        # Batches are never deleted, so counting gives the next number without a gap.
        count = Batch.objects.filter(establishment=school, number__startswith=f"{year}-").count()
        try:
            with transaction.atomic():
                return Batch.objects.create(
                    establishment=school,
                    number=f"{year}-{count + 1:03}",
                    token_digest=token_digest,
                    label=label[:200],
                    size=size,
                    made_at=at,
                    made_by=by,
                    expires_at=expiry(at),
                ), True
        except IntegrityError:
            continue
    raise TokenUnfit


def _all_cards(batch: Batch) -> models.QuerySet[Card]:
    return Card.objects.filter(batch_number=batch.number, learner__establishment=batch.establishment_id)


def _in_clear(batch: Batch, membership: Membership, token: str) -> PreparedBatch:
    cards = list(
        _all_cards(batch)
        .filter(used_at=None, voided_at=None, learner__in=Learner.objects.reached_by(membership).present())
        .select_related("learner__division")
        .order_by("rank")
    )
    usernames = dict(
        Attachment.objects.opening()
        .filter(learner__in=[card.learner_id for card in cards], account__username__isnull=False)
        .values_list("learner_id", "account__username")
    )
    shown = []
    for card in cards:
        code = code_of(card, token)
        if code is not None:
            shown.append(BatchCard(card.learner, code, card.rank, usernames.get(card.learner_id)))
    return PreparedBatch(batch, tuple(shown))


def _token_digest(token: str) -> str:
    # 256 random bits need no key: nobody can try them all.
    return sha256(f"preau.handouts.token:{token}".encode()).hexdigest()
