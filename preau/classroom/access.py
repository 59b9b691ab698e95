"""Who reaches a lesson: who runs the school all of them, a teacher those of their classes; no is a 404."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import get_object_or_404

from preau.attachments.models import HelpRequest
from preau.classroom.models import Session
from preau.establishments.models import Membership
from preau.rosters.models import Division, Learner

MOST = 2**63 - 1


def session_of(membership: Membership, pk: int) -> Session:
    """One lesson, with its class and school, or 404."""
    if pk > MOST:
        raise Http404
    rows = Session.objects.reached_by(membership).select_related("division", "establishment", "opened_by")
    return get_object_or_404(rows, pk=pk)


def division_of(membership: Membership, pk: int) -> Division:
    """One class that this person reaches, or 404."""
    if pk > MOST:
        raise Http404
    if membership.runs:
        return get_object_or_404(Division, pk=pk, establishment=membership.establishment_id)
    return get_object_or_404(membership.divisions.all(), pk=pk)


def learner_of(session: Session, pk: int) -> Learner:
    """One pupil of the class of this lesson, or 404."""
    if pk > MOST:
        raise Http404
    pupils = Learner.objects.present().filter(division=session.division_id)
    return get_object_or_404(pupils.select_related("division", "establishment"), pk=pk)


def help_of(session: Session, pk: int) -> HelpRequest:
    """One call for help of the school of this lesson, or 404."""
    if pk > MOST:
        raise Http404
    calls = HelpRequest.objects.filter(establishment=session.establishment_id)
    return get_object_or_404(calls.select_related("establishment"), pk=pk)
