"""Start or stop the weekly mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.scenarios.digest import choose_digest


@staff_page
@require_POST
def choose(request: HttpRequest, uai: str) -> HttpResponse:
    """« Recevoir ce résumé chaque semaine », or no longer."""
    membership = access.member(request.user, uai=uai)
    wanted = request.POST.get("resume") == "oui"
    if wanted and not settings.MAIL_CONFIGURED:
        messages.warning(
            request, "Ce serveur n’envoie pas de courrier : demandez à la personne qui l’héberge."
        )
        return redirect("scenarios:one_page", uai)
    choose_digest(membership=membership, wanted=wanted, at=timezone.now())
    words = (
        "Vous recevrez ce résumé chaque semaine, sans nom d’élève."
        if wanted
        else "Vous ne recevrez plus ce résumé."
    )
    messages.success(request, words)
    return redirect("scenarios:one_page", uai)
