"""The page of an errand: how far it is, what it did, and the way to its codes for the browser that has their token."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts.actions import is_of
from preau.handouts.errands import CARD_DEEDS, ask_errand, end_errand
from preau.handouts.models import Deed, Errand, ErrandState
from preau.handouts.tasks import do_errand
from preau.web.lifeline import taken_up, tasks_to_come

TOKEN_LASTS = timedelta(hours=1)
LATE = timedelta(minutes=1)
GIVEN_UP = "Abandonné à votre demande : rien n’a changé."


def send_errand(
    request: HttpRequest,
    membership: Membership,
    *,
    deed: Deed,
    chosen: Sequence[int],
    at: datetime,
    label: str = "",
) -> HttpResponse:
    """Ask a worker, and lead to the errand's page; the token goes there in a cookie, and is kept nowhere else."""
    token, uai = request.POST.get("token", ""), membership.establishment.uai
    made = ask_errand(deed=deed, membership=membership, chosen=chosen, token=token, at=at, label=label)
    answer = redirect("handouts:errand", uai, made.pk)
    if deed in CARD_DEEDS and made.asked_by_id == membership.account_id:
        answer.set_cookie(
            _cookie(made.pk),
            token,
            max_age=TOKEN_LASTS,
            path=reverse("handouts:batches", args=[uai]),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
    return answer


def forget_token(answer: HttpResponse, *, uai: str, errand_id: int) -> None:
    """The codes are on the page: only that page can show them again."""
    answer.delete_cookie(_cookie(errand_id), path=reverse("handouts:batches", args=[uai]), samesite="Strict")


def _cookie(errand_id: int) -> str:
    return f"{settings.NARROW_COOKIE}lot-{errand_id}"


@staff_page
@require_http_methods(["GET", "POST"])
def errand(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """How far an errand is, for whoever asked for it; a POST gives it up."""
    membership = access.member(request.user, uai=uai)
    asked = Errand.objects.filter(establishment=membership.establishment_id, asked_by=membership.account_id)
    found = get_object_or_404(asked.select_related("batch"), pk=pk)
    at = timezone.now()
    if request.method == "POST":
        if not end_errand(errand_id=pk, why=GIVEN_UP, at=at):
            messages.warning(request, "Trop tard pour abandonner : ce travail est déjà terminé.")
        return redirect("handouts:errand", uai, pk)
    waiting, asked_by_htmx = found.state == ErrandState.WAITING, bool(getattr(request, "htmx", False))
    if asked_by_htmx and not waiting:
        return HttpResponseClientRefresh()
    token = request.COOKIES.get(_cookie(pk), "")
    facts = {
        "errand": found,
        "makes_cards": found.deed in CARD_DEEDS,
        "token": token if found.batch and is_of(found.batch, token) else "",
    }
    if waiting:
        task = tasks_to_come(do_errand.module_path, [pk]).first()
        facts |= {"taken_up": taken_up(task), "begun": bool(task and task.worker_ids)}
        facts["late"] = not facts["begun"] and at - found.asked_at > LATE
    return render(request, f"handouts/errand{'_progress' if asked_by_htmx else ''}.html", facts)
