"""The desk « Doublons et presque-trouvés »: what waits, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from preau.attachments.comparing import Comparison, compare
from preau.attachments.duplicates import Pair, Why, pairs_of
from preau.attachments.finding import HELP_WAITS
from preau.attachments.merges import (
    UNDO_WITHIN,
    Merge,
    MergeState,
    SetAside,
    Transfer,
    TransferQuerySet,
    TransferState,
)
from preau.attachments.models import Doubt, HelpRequest, HelpState, RecognitionRefusal
from preau.attachments.newcomers import MOST_WITHOUT_INE, count_newcomers, newcomers_without_ine
from preau.establishments.models import Establishment, Membership, Role, school_year_start
from preau.rosters.models import Learner

MOST = 200
# Doubts that another school can lift: an account is known there for this INE.
ASKABLE = frozenset({Doubt.BIRTH_DATE, Doubt.SEVERAL_ACCOUNTS, Doubt.SEVERAL_INES, Doubt.CLAIMED_TWICE})
CLOSED = (MergeState.DONE, MergeState.UNDONE, MergeState.REFUSED)


@dataclass(frozen=True, slots=True)
class Item:
    """One case: the pupil, why we looked, the two sides when both may be shown, and what waits about them."""

    pair: Pair
    learner: Learner
    comparison: Comparison | None
    merge: Merge | None
    sent: Transfer | None

    @property
    def one_account(self) -> bool:
        """An account that may be two pupils', rather than a pupil who may have two accounts."""
        return self.pair.first == self.pair.second


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A pupil whom an import did not dare to recognise, and what was asked about them."""

    learner: Learner
    why: str
    askable: bool
    sent: Transfer | None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A pupil without INE, and what was asked about them."""

    learner: Learner
    sent: Transfer | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What each part of the desk holds."""

    accounts: int
    near: int
    elsewhere: int
    decided: int


def open_pairs(school: Establishment, *, at: datetime, learner: int | None = None) -> list[Pair]:
    """What a merge was asked for, then every pair that nobody decided about; seven queries."""
    asked = Merge.objects.waiting(at).filter(establishment=school).order_by("asked_at", "pk")
    rows = asked.filter(learner=learner) if learner is not None else asked
    first = [Pair(*row, Why.ASKED) for row in rows.values_list("learner", "kept", "joined")]
    known = {pair.key for pair in first}
    found = pairs_of(school, at=at, learner=learner)
    return [*first, *(pair for pair in found if pair.key not in known)]


def items_of(school: Establishment, pairs: list[Pair], *, at: datetime) -> list[Item]:
    """These pairs, ready to be shown."""
    ids = {pair.learner_id for pair in pairs}
    learners = Learner.objects.select_related("division", "establishment").in_bulk(ids)
    waiting = (
        Merge.objects.waiting(at).filter(establishment=school, learner__in=ids).select_related("asked_by")
    )
    merges = {(min(one.kept_id, one.joined_id), max(one.kept_id, one.joined_id)): one for one in waiting}
    kept = {one.kept_id for one in merges.values()}
    compared = {one.pair: one for one in compare(school, pairs, kept=kept)}
    sent = _sent(school, ids)
    return [
        Item(
            pair,
            learners[pair.learner_id],
            compared.get(pair),
            merges.get(pair.key),
            sent.get(pair.learner_id),
        )
        for pair in pairs
    ]


def doubtful_pupils(school: Establishment) -> list[Doubtful]:
    """The pupils whom an import did not dare to recognise."""
    rows = (
        RecognitionRefusal.objects.waiting()
        .filter(learner__establishment=school)
        .select_related("learner__division")
        .order_by("learner__sort_key", "pk")[:MOST]
    )
    found = list(rows)
    sent = _sent(school, {one.learner_id for one in found})
    return [
        Doubtful(one.learner, Doubt(one.reason).label, one.reason in ASKABLE, sent.get(one.learner_id))
        for one in found
    ]


def newcomers(school: Establishment, *, at: datetime, also: Learner | None = None) -> list[Newcomer] | None:
    """The pupils without INE who may have been elsewhere, `also` first; None when the list gives no INE at all."""
    rows = newcomers_without_ine(school, at=at).select_related("division").in_list_order()
    found = list(rows[: MOST_WITHOUT_INE + 1])
    unknown = len(found) > MOST_WITHOUT_INE
    shown = [] if unknown else [one for one in found if one != also]
    shown[:0] = [also] if also else []
    sent = _sent(school, {one.pk for one in shown})
    return None if unknown and not shown else [Newcomer(one, sent.get(one.pk)) for one in shown]


def _sent(school: Establishment, learners: set[int]) -> dict[int, Transfer]:
    """What was asked last about these pupils; an ignored request still looks asked."""
    rows = Transfer.objects.filter(establishment=school, learner__in=learners).order_by("asked_at", "pk")
    rows = rows.select_related("named")
    return {one.learner_id: one for one in rows}


def received(school: Establishment, *, at: datetime) -> list[Transfer]:
    """What other schools ask of this one."""
    rows = Transfer.objects.waiting(at).filter(holder=school)
    return list(
        rows.select_related("establishment", "holder_learner__division").order_by("asked_at", "pk")[:MOST]
    )


def decided(school: Establishment, *, at: datetime) -> tuple[list[Merge], list[SetAside]]:
    """What was decided, latest first; what can still be undone says until when."""
    merges = Merge.objects.filter(establishment=school, state__in=CLOSED)
    people = ("learner__division", "asked_by", "decided_by", "undone_by")
    asides = SetAside.objects.standing(at).filter(establishment=school)
    return (
        list(merges.select_related(*people).order_by("-decided_at", "-pk")[:MOST]),
        list(asides.select_related("learner__division", "made_by")[:MOST]),
    )


def first_times(school: Establishment, *, at: datetime) -> list[Transfer]:
    """Of whom it was said this year that they were nowhere before."""
    return list(_first_times(school, at).select_related("learner__division", "asked_by")[:MOST])


def _first_times(school: Establishment, at: datetime) -> TransferQuerySet:
    said = Transfer.objects.filter(establishment=school, state=TransferState.FIRST)
    return said.filter(asked_at__gte=school_year_start(at))


def counts_of(school: Establishment, *, accounts: int, at: datetime) -> Counts:
    """The figures of the tabs."""
    near = HelpRequest.objects.filter(
        establishment=school, state=HelpState.WAITING, made_at__gt=at - HELP_WAITS
    ).exclude(reason="conflict")
    waiting = Transfer.objects.waiting(at).filter(holder=school).count()
    doubts = RecognitionRefusal.objects.waiting().filter(learner__establishment=school).count()
    recent = Merge.objects.filter(establishment=school, state__in=CLOSED).filter(
        Q(decided_at__gte=at - UNDO_WITHIN)
    )
    aside = SetAside.objects.standing(at).filter(establishment=school).count()
    newly, first = count_newcomers(school, at=at), _first_times(school, at).count()
    return Counts(accounts, near.count(), waiting + doubts + newly, recent.count() + aside + first)


def runs_alone(school: Establishment) -> bool:
    """Whether nobody else of this school could confirm."""
    return Membership.objects.filter(establishment=school, role__in=Role.runners()).count() < 2
