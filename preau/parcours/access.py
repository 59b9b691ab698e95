"""Who reaches an attempt: the pupil who makes it, and nobody else here; and a school's own parcours."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from preau.accounts.models import Account
from preau.establishments.models import Membership
from preau.parcours.models import Attempt, Parcours, SchoolItem
from preau.parcours.plans import READY_PLANS, Plan


def attempt_of(account: Account, pk: int) -> Attempt:
    """The pupil's own attempt, or 404: whether another one exists is nobody else's business."""
    return get_object_or_404(
        Attempt.objects.reachable_by(account).select_related("learner__establishment"), pk=pk
    )


def parcours_of(membership: Membership) -> QuerySet[Parcours]:
    """What the school has composed and not put away."""
    return Parcours.objects.filter(establishment_id=membership.establishment_id, archived_at=None)


def plan_of(membership: Membership, which: str) -> Plan:
    """A ready parcours by its name, or one of the school by its number, even put away; 404 for any other."""
    if which in READY_PLANS:
        return READY_PLANS[which]
    if not which.isascii() or not which.isdecimal() or len(which) > 18:
        raise Http404
    return get_object_or_404(Parcours, establishment_id=membership.establishment_id, pk=int(which)).plan


def may_put_away(membership: Membership, made: Parcours | SchoolItem) -> bool:
    """Who runs the school puts any away; a teacher, their own."""
    return membership.runs or made.made_by_id == membership.account_id


def questions_of(membership: Membership) -> QuerySet[SchoolItem]:
    """The school's own questions that are not put away: colleagues read each other's."""
    return SchoolItem.objects.filter(establishment_id=membership.establishment_id, archived_at=None)


def question_to_change(membership: Membership, pk: int) -> SchoolItem:
    """One that this person may change, or 404."""
    question = get_object_or_404(questions_of(membership).select_related("establishment"), pk=pk)
    if not may_put_away(membership, question):
        raise Http404
    return question
