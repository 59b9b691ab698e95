"""One school asks another for a pupil's account; each sees its own pupil only."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from preau.attachments import actions
from preau.attachments.merges import Transfer
from preau.establishments import access
from preau.rosters.models import Learner
from preau.web.refusals import refusals_said

DEEDS: dict[str, tuple[Callable[..., Transfer], str]] = {
    "accorder": (actions.release, "C’est accordé : le compte suit l’élève. Vous gardez son historique."),
    "refuser": (actions.refuse_transfer, "C’est refusé : l’autre établissement le verra."),
    "laisser": (actions.ignore_transfer, "La demande quitte la liste, sans réponse."),
}


@require_POST
@access.staff_page
def ask(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Ask whoever knows this pupil's account; the answer comes to the same page."""
    membership = access.runner(request.user, uai=uai)
    pupils = Learner.objects.reached_by(membership).select_related("establishment")
    pupil = get_object_or_404(pupils, pk=learner)
    with refusals_said(request):
        actions.ask_transfer(learner=pupil, by=membership.account, at=timezone.now())
        messages.success(
            request, f"Demande envoyée pour {pupil.display_name} : réponse attendue sous 14 jours."
        )
    return _back(uai)


@require_POST
@access.staff_page
def withdraw(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Take one's request back."""
    membership = access.runner(request.user, uai=uai)
    rows = Transfer.objects.select_related("learner")
    transfer = get_object_or_404(rows, pk=pk, establishment=membership.establishment)
    with refusals_said(request):
        actions.withdraw_transfer(transfer=transfer, by=membership.account, at=timezone.now())
        messages.success(request, "Demande retirée.")
    return _back(uai)


@require_POST
@access.staff_page
def answer(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Release, refuse, or leave without an answer."""
    membership = access.runner(request.user, uai=uai)
    rows = Transfer.objects.select_related(
        "holder_learner", "learner", "establishment", "account", "asked_by"
    )
    transfer = get_object_or_404(rows, pk=pk, holder=membership.establishment)
    deed, said = DEEDS.get(request.POST.get("geste", ""), (None, ""))
    if deed is None or (transfer.named_id is not None and deed is actions.refuse_transfer):
        raise Http404
    with refusals_said(request):
        deed(transfer=transfer, by=membership.account, at=timezone.now())
        messages.success(request, said)
    return _back(uai)


def _back(uai: str) -> HttpResponse:
    answer = redirect("attachments:desk", uai=uai)
    answer["Location"] += "?vue=ailleurs"
    return answer
