"""Where was a pupil without INE last year? The school answers, and asks that one for the account, blindly."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from preau.attachments import actions, desk
from preau.attachments.merges import Transfer, TransferState
from preau.attachments.newcomers import MOST_SCHOOLS, schools_named
from preau.establishments import access
from preau.establishments.models import Establishment, Membership
from preau.rosters.models import Learner
from preau.web.refusals import refusals_said

LONGEST = 100


def newcomers_of(request: HttpRequest, membership: Membership, *, at: datetime) -> dict[str, object]:
    """Who is asked about; of the one in the address, the schools that were looked for."""
    school, said = membership.establishment, request.GET.get("ecole", "").strip()[:LONGEST]
    asked = request.GET.get("pour", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    pupils = Learner.objects.reached_by(membership).present().select_related("division")
    about = pupils.filter(pk=number).first() if number else None
    found = schools_named(said, other_than=school) if about and said else []
    return {
        "newcomers": desk.newcomers(school, at=at, also=about),
        "about": about,
        "said": said,
        "schools": found[:MOST_SCHOOLS],
        "more_schools": len(found) > MOST_SCHOOLS,
    }


@require_POST
@access.staff_page
def ask(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Ask the school that was chosen; the answer reads the same whoever is known there."""
    membership = access.runner(request.user, uai=uai)
    pupil = _pupil(membership, learner)
    school = get_object_or_404(Establishment.objects.real(), uai=request.POST.get("ecole", ""))
    with refusals_said(request):
        actions.ask_former_school(learner=pupil, school=school, by=membership.account, at=timezone.now())
        sentence = f"Demande envoyée pour {pupil.display_name} : réponse attendue sous 14 jours."
        messages.success(request, sentence)
    return _back(uai, "ailleurs")


@require_POST
@access.staff_page
def first_time(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """« Non, c’est sa première fois »."""
    membership = access.runner(request.user, uai=uai)
    pupil = _pupil(membership, learner)
    with refusals_said(request):
        actions.say_first_time(learner=pupil, by=membership.account, at=timezone.now())
        sentence = (
            f"C’est noté : {pupil.display_name} n’a pas d’autre compte. Annulable dans « Déjà tranchés »."
        )
        messages.success(request, sentence)
    return _back(uai, "ailleurs")


@require_POST
@access.staff_page
def ask_again(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Take « première fois » back."""
    membership = access.runner(request.user, uai=uai)
    rows = Transfer.objects.filter(state=TransferState.FIRST).select_related("learner__establishment")
    said = get_object_or_404(rows, pk=pk, establishment=membership.establishment)
    actions.ask_again(said=said, by=membership.account, at=timezone.now())
    messages.success(request, f"La question se pose de nouveau pour {said.learner.display_name}.")
    return _back(uai, "tranches")


def _pupil(membership: Membership, pk: int) -> Learner:
    return get_object_or_404(Learner.objects.reached_by(membership).select_related("establishment"), pk=pk)


def _back(uai: str, view: str) -> HttpResponse:
    return redirect(f"{reverse('attachments:desk', args=[uai])}?vue={view}")
