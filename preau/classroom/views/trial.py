"""« Essayer comme un élève » : a demonstration pupil, never a real one."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from preau.accounts.devices import forget_here
from preau.attachments.codes import normalise_card_code, show
from preau.classroom.demonstration import start_trial
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.handouts.printing import qr_drawing

RANDOM = secrets.SystemRandom()


@staff_page
@require_http_methods(["GET", "POST"])
def try_out(request: HttpRequest, uai: str) -> HttpResponse:
    """Explain, then show a new demonstration pupil: names, card, code of the board."""
    membership = access.member(request.user, uai=uai)
    facts: dict[str, object] = {}
    if request.method == "POST":
        trial = start_trial(membership=membership, rng=RANDOM, at=timezone.now())
        address = settings.SITE_URL + reverse("attachments:card") + f"#{trial.card_code}"
        facts = {"trial": trial, "drawing": qr_drawing(address), "site": settings.SITE_URL.split("://")[-1]}
    return render(request, "classroom/trial.html", facts)


@staff_page
@require_POST
def try_here(request: HttpRequest, uai: str) -> HttpResponse:
    """Leave the staff's session for the pupil's path; the code stays in the browser (decision 0002)."""
    access.member(request.user, uai=uai)
    code = normalise_card_code(request.POST.get("card", ""))
    logout(request)
    return forget_here(HttpResponseRedirect(reverse("attachments:card") + (f"#{show(code)}" if code else "")))
