"""The staff's side: the parcours that are ready, and those that the school composed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.parcours import composing as deeds
from preau.parcours.access import may_put_away, parcours_of, questions_of
from preau.parcours.forms import ComposeForm
from preau.parcours.framework import domains
from preau.parcours.plans import READY_PLANS


@require_GET
@staff_page
def composed(request: HttpRequest, uai: str) -> HttpResponse:
    """Every parcours that a campaign of this school can open."""
    membership = access.member(request.user, uai=uai)
    rows = list(parcours_of(membership).select_related("made_by"))
    for row in rows:
        row.may_put_away = may_put_away(membership, row)  # type: ignore[attr-defined]
    facts = {"ready": READY_PLANS, "rows": rows, "section": "campaigns"}
    return render(request, "parcours/list.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest, uai: str) -> HttpResponse:
    """Compose a parcours."""
    membership = access.member(request.user, uai=uai)
    form = ComposeForm(request.POST or None, questions=questions_of(membership))
    if request.method == "POST" and form.is_valid():
        deeds.compose(
            establishment=membership.establishment, plan=form.plan, by=membership.account, at=timezone.now()
        )
        messages.success(request, "Le parcours est prêt : une campagne peut l’ouvrir.")
        return redirect("parcours:list", uai=uai)
    facts = {"form": form, "domains": domains(), "section": "campaigns"}
    return render(request, "parcours/form.html", facts, status=422 if form.errors else 200)


@require_POST
@staff_page
def put_away(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Put one away; nothing that uses it stops."""
    membership = access.member(request.user, uai=uai)
    parcours = get_object_or_404(parcours_of(membership), pk=pk)
    if not may_put_away(membership, parcours):
        raise Http404
    deeds.put_away(parcours=parcours, by=membership.account, at=timezone.now())
    messages.success(request, "Le parcours est rangé ; les campagnes qui l’ouvrent continuent.")
    return redirect("parcours:list", uai=uai)
