"""Pupils of a school who may have two accounts, and accounts that may be two pupils'.

The same few questions whatever the size of the school. Of another school, only that an account exists there is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import combinations, groupby

from django.db.models import Exists, F, OuterRef, Subquery

from preau.attachments.fitness import PROVED, are_two
from preau.attachments.merges import SetAside, Transfer, TransferState
from preau.attachments.models import Attachment, AttachmentQuerySet, Conflict
from preau.establishments.models import Establishment
from preau.rosters.models import LearnerStatus

TWO_ACCOUNTS = "L’élève a deux comptes"  # the reason of a detachment that says so


class Why(Enum):
    """What made us look, in a sentence for staff."""

    ASKED = "Une réunion est demandée pour ces deux comptes."
    PROVED = "L’élève a prouvé que les deux comptes, ou les deux entrées, sont à lui."
    TWO_ROWS = "Même nom, même date de naissance : deux inscriptions ici, chacune avec son compte."
    DETACHED = "Un compte a été détaché de cet élève, avec la raison « L’élève a deux comptes »."
    RELEASED = "L’autre établissement a accordé ce compte à l’élève."
    ELSEWHERE = "Même INE : un autre compte existe pour cet élève dans un autre établissement."
    SEVERAL_INES = (
        "Ce compte porte un autre INE dans un autre établissement : ce n’est peut-être pas le même élève."
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts that may be one pupil's; `learner_id` is of this school, `first` the account it has there.

    For SEVERAL_INES both are the same account.
    """

    learner_id: int
    first: int
    second: int
    why: Why

    @property
    def key(self) -> tuple[int, int]:
        """The two numbers, smaller first."""
        return (min(self.first, self.second), max(self.first, self.second))

    @property
    def shown(self) -> bool:
        """Whether both accounts may be shown to this school."""
        return self.why is not Why.ELSEWHERE


def pairs_of(establishment: Establishment, *, at: datetime, learner: int | None = None) -> list[Pair]:
    """Every pair that nobody decided about, one line for each, the surest reason first; six questions.

    `learner` asks about one pupil only.
    """
    here = Attachment.objects.active().filter(establishment=establishment, account__is_active=True)
    aside = SetAside.objects.standing(at).filter(establishment=establishment)
    known = {tuple(pair) for pair in aside.values_list("low", "high")}
    found: list[Pair] = []
    for pair in _all(establishment, here):
        if pair.key not in known and learner in {None, pair.learner_id}:
            known.add(pair.key)
            found.append(pair)
    return found


def _all(establishment: Establishment, here: AttachmentQuerySet) -> Iterator[Pair]:
    yield from _proved(establishment)
    yield from _two_rows(here)
    yield from _detached(establishment, here)
    yield from _released(establishment, here)
    yield from _elsewhere(here)
    yield from _several_ines(here)


def _proved(establishment: Establishment) -> list[Pair]:
    """Met by the pupil, who had both."""
    rows = Conflict.objects.filter(
        establishment=establishment,
        kind__in=PROVED,
        seen_at=None,
        account__is_active=True,
        other_account__is_active=True,
        learner__status=LearnerStatus.PRESENT,
    ).exclude(account=F("other_account"))
    return [Pair(*row, Why.PROVED) for row in rows.values_list("learner", "account", "other_account")]


def _two_rows(here: AttachmentQuerySet) -> Iterator[Pair]:
    """Two records with the same folded names and birth date; the pupil of today first."""
    rows = (
        here.filter(learner__birth_date__isnull=False)
        .order_by("learner__birth_date", "learner__sort_key", "-learner__status", "learner")
        .values_list(
            "learner__birth_date",
            "learner__sort_key",
            "learner__status",
            "learner",
            "learner__ine",
            "account",
        )
    )
    # Grouped here: neither database finds twins inside one school without comparing everybody with everybody.
    for _, group in groupby(rows, key=lambda row: row[:2]):
        for one, other in combinations(group, 2):
            if not are_two(one[4], one[2], other[4], other[2]):
                yield Pair(one[3], one[5], other[5], Why.TWO_ROWS)


def _detached(establishment: Establishment, here: AttachmentQuerySet) -> list[Pair]:
    """Staff said that the pupil has two, and detached one; it is nobody else's here."""
    now = here.filter(learner=OuterRef("learner")).values("account")[:1]
    rows = (
        Attachment.objects.filter(
            establishment=establishment,
            ended_at__isnull=False,
            ended_why=TWO_ACCOUNTS,
            account__is_active=True,
        )
        .exclude(Exists(here.filter(account=OuterRef("account"))))
        .annotate(now=Subquery(now))
        .filter(now__isnull=False)
        .order_by("pk")
    )
    return [
        Pair(learner, now, old, Why.DETACHED)
        for learner, now, old in rows.values_list("learner", "now", "account")
    ]


def _released(establishment: Establishment, here: AttachmentQuerySet) -> list[Pair]:
    """The other school agreed, and the pupil had an account here already."""
    now = here.filter(learner=OuterRef("learner")).values("account")[:1]
    rows = (
        Transfer.objects.filter(
            establishment=establishment, state=TransferState.RELEASED, account__is_active=True
        )
        .annotate(now=Subquery(now))
        .filter(now__isnull=False)
        .exclude(now=F("account"))
        .order_by("pk")
    )
    return [Pair(*row, Why.RELEASED) for row in rows.values_list("learner", "now", "account")]


def _elsewhere(here: AttachmentQuerySet) -> list[Pair]:
    """The same INE in another school, with another account."""
    other = (
        Attachment.objects.active()
        .filter(learner__ine=OuterRef("learner__ine"), account__is_active=True)
        .exclude(establishment=OuterRef("establishment"))
        .exclude(account=OuterRef("account"))
        .order_by("pk")
        .values("account")[:1]
    )
    rows = (
        here.filter(learner__ine__isnull=False, learner__status=LearnerStatus.PRESENT)
        .annotate(other=Subquery(other))
        .filter(other__isnull=False)
        .order_by("learner__sort_key", "pk")
    )
    return [Pair(*row, Why.ELSEWHERE) for row in rows.values_list("learner", "account", "other")]


def _several_ines(here: AttachmentQuerySet) -> list[Pair]:
    """One account, attached under another INE in another school."""
    other = (
        Attachment.objects.active()
        .filter(account=OuterRef("account"), learner__ine__isnull=False)
        .exclude(learner__ine=OuterRef("learner__ine"))
    )
    rows = here.filter(learner__ine__isnull=False, learner__status=LearnerStatus.PRESENT).filter(
        Exists(other)
    )
    found: Iterable[tuple[int, int]] = rows.order_by("learner__sort_key", "pk").values_list(
        "learner", "account"
    )
    return [Pair(learner, account, account, Why.SEVERAL_INES) for learner, account in found]
