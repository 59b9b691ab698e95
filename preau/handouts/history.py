"""What the Cartes page lists: the classes and who lacks a way in, then the batches and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from preau.attachments.models import Card
from preau.establishments.models import Membership
from preau.handouts.models import Batch
from preau.handouts.ways_in import may_have_forgotten, without_way_in
from preau.rosters.class_order import class_rank
from preau.rosters.models import Learner


@dataclass(frozen=True, slots=True)
class ClassNeeds:
    """A class: how many pupils, without any way in, holding a card not used yet, who may have forgotten a password."""

    division_id: int | None
    name: str
    pupils: int
    needing: int
    holding: int
    forgetful: int


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch and what became of its cards."""

    batch: Batch
    used: int
    valid: int
    expired: int
    voided: int

    @property
    def size_left(self) -> int:
        """The cards that were never used, which can be printed again under new codes."""
        return self.valid + self.expired + self.voided


def class_needs(membership: Membership, *, at: datetime) -> list[ClassNeeds]:
    """The classes this person reaches, in the order schools say them; one query."""
    held = Exists(Card.objects.valid(at).filter(learner=OuterRef("pk")))
    rows = (
        Learner.objects.reached_by(membership)
        .present()
        .values_list("division_id", "division__name")
        .annotate(
            pupils=Count("pk"),
            needing=Count("pk", filter=without_way_in(at)),
            holding=Count("pk", filter=held),
            forgetful=Count("pk", filter=may_have_forgotten(at)),
        )
        .order_by("division_id")
    )
    lines = [ClassNeeds(pk, name or "", *counts) for pk, name, *counts in rows]
    return sorted(lines, key=lambda line: class_rank(line.name))


def batches_of(membership: Membership) -> QuerySet[Batch]:
    """The school's batches, newest first; a teacher sees those they made."""
    batches = Batch.objects.filter(establishment_id=membership.establishment_id).select_related("made_by")
    return batches if membership.runs else batches.filter(made_by=membership.account_id)


def batch_lines(batches: Iterable[Batch], *, at: datetime) -> list[BatchLine]:
    """What became of the cards of these batches of one school; one query."""
    batches = list(batches)
    if not batches:
        return []
    unvoided, open_ = Q(voided_at=None), Q(voided_at=None, used_at=None)
    counts = {
        number: tuple(figures)
        for number, *figures in Card.objects.filter(
            learner__establishment=batches[0].establishment_id,
            batch_number__in=[batch.number for batch in batches],
        )
        .values_list("batch_number")
        .annotate(
            used=Count("pk", filter=Q(used_at__isnull=False)),
            valid=Count("pk", filter=open_ & Q(expires_at__gt=at)),
            expired=Count("pk", filter=open_ & Q(expires_at__lte=at)),
            voided=Count("pk", filter=~unvoided & Q(used_at=None)),
        )
        .order_by()
    }
    return [BatchLine(batch, *counts.get(batch.number, (0, 0, 0, 0))) for batch in batches]


def unused_cards(batch: Batch) -> QuerySet[Card]:
    """The cards of a batch that opened nothing, of pupils who have not entered with a later one either."""
    cards = Card.objects.filter(
        batch_number=batch.number, learner__establishment=batch.establishment_id, used_at=None
    )
    later = Card.objects.filter(learner=OuterRef("learner"), made_at__gt=OuterRef("made_at"))
    return cards.exclude(Exists(later.filter(used_at__isnull=False)))
