"""What staff do about two accounts or two identities: look, decide, put the old identity back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from preau.attachments import actions
from preau.attachments.actions.attach import UNDO_WITHIN
from preau.attachments.models import Conflict, IdentityChange
from preau.establishments import access
from preau.rosters.models import Learner
from preau.web.refusals import Refusal


@require_POST
@access.staff_page
def conflict_seen(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """« C’est réglé »: the case leaves the list."""
    membership = access.member(request.user, uai=uai)
    reached = Conflict.objects.filter(
        establishment=membership.establishment_id, learner__in=Learner.objects.reached_by(membership)
    )
    case = get_object_or_404(reached.select_related("learner"), pk=pk)
    actions.see_conflict(conflict=case, by=membership.account, at=timezone.now())
    messages.success(request, f"C’est noté pour {case.learner.display_name}.")
    return redirect("attachments:help_requests", uai=uai)


@require_safe
@access.staff_page
def identity_changes(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """The ENT identities that were replaced, and which one can still come back."""
    membership = access.member(request.user, uai=uai)
    pupil = get_object_or_404(Learner.objects.reached_by(membership).select_related("division"), pk=learner)
    at = timezone.now()
    changes = list(pupil.identity_changes.select_related("undone_by").order_by("-made_at", "-pk")[:20])
    open_ones = [one for one in changes if one.undone_at is None and at - one.made_at <= UNDO_WITHIN]
    facts = {"pupil": pupil, "changes": changes, "undoable": open_ones[0] if open_ones else None}
    return render(request, "attachments/identity_changes.html", facts)


@require_POST
@access.staff_page
def undo_identity(request: HttpRequest, uai: str, learner: int, pk: int) -> HttpResponse:
    """Put the old identity back."""
    membership = access.member(request.user, uai=uai)
    pupils = Learner.objects.reached_by(membership)
    change = get_object_or_404(
        IdentityChange.objects.select_related("learner__establishment"),
        pk=pk,
        learner__in=pupils.filter(pk=learner),
    )
    try:
        actions.undo_identity(change=change, by=membership.account, at=timezone.now())
        messages.success(request, f"L’ancienne entrée par l’ENT de {change.learner.display_name} est remise.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("attachments:identity_changes", uai=uai, learner=learner)
