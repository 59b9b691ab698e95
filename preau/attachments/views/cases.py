"""What staff do about two accounts or two identities: look, decide, put the old identity back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from preau.attachments import actions
from preau.attachments.actions.attach import UNDO_WITHIN
from preau.attachments.codes import kept
from preau.attachments.conflicts import identities_of
from preau.attachments.models import Conflict, IdentityChange
from preau.attachments.refusals import CodeNotRead
from preau.establishments import access
from preau.rosters.models import Learner
from preau.web.refusals import Refusal, refusals_said


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


@require_POST
@access.staff_page
def give_identities(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """« Donner son entrée par l’ENT à cet élève », once the pupil has read the help code of the case."""
    membership = access.runner(request.user, uai=uai)
    rows = Conflict.objects.filter(establishment=membership.establishment_id, seen_at=None)
    case = get_object_or_404(rows.select_related("learner__establishment", "help_request"), pk=pk)
    try:
        if case.help_request is None or kept(request.POST.get("code", "")) != case.help_request.code:
            raise CodeNotRead
        actions.give_identities(conflict=case, by=membership.account, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("attachments:help_requests", uai=uai)
    messages.success(
        request, f"C’est fait : la tuile de l’ENT ouvre le compte de {case.learner.display_name}."
    )
    return redirect("attachments:identity_changes", uai=uai, learner=case.learner_id)


@require_POST
@access.staff_page
def take_identity(request: HttpRequest, uai: str, learner: int, pk: int) -> HttpResponse:
    """« Ce n’est pas la sienne »: this identity opens nothing any more, and asks for a proof."""
    membership = access.runner(request.user, uai=uai)
    pupil = get_object_or_404(
        Learner.objects.reached_by(membership).select_related("establishment"), pk=learner
    )
    with refusals_said(request):
        actions.take_identity(learner=pupil, identity_id=pk, by=membership.account, at=timezone.now())
        messages.success(
            request, f"C’est fait : cette entrée par l’ENT n’ouvre plus le compte de {pupil.display_name}."
        )
    return redirect("attachments:identity_changes", uai=uai, learner=learner)


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
    facts["identities"] = identities_of(pupil)
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
    with refusals_said(request):
        actions.undo_identity(change=change, by=membership.account, at=timezone.now())
        messages.success(request, f"L’ancienne entrée par l’ENT de {change.learner.display_name} est remise.")
    return redirect("attachments:identity_changes", uai=uai, learner=learner)
