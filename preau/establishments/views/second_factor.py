"""A colleague has lost the telephone and the codes: somebody else who runs the school takes the second factor away."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.accounts.second_factor.factors import has_factor, reset_factors
from preau.accounts.second_factor.sure import sure_page
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.actions import may_replace_password
from preau.establishments.models import Membership


@staff_page
@sure_page
@require_http_methods(["GET", "HEAD", "POST"])
def reset_second_factor(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Say what it changes, then do it; never one's own, nor that of somebody who works elsewhere too."""
    membership = access.runner(request.user, uai=uai)
    colleagues = Membership.objects.select_related("account", "establishment")
    other = get_object_or_404(colleagues, pk=pk, establishment=membership.establishment_id)
    if other.pk == membership.pk:
        raise Http404
    allowed = may_replace_password(other.account, establishment=membership.establishment)
    if request.method == "POST" and allowed:
        reset_factors(account=other.account, by=membership.account, uai=uai, at=timezone.now())
        name = other.account.get_full_name()
        messages.success(request, f"C’est fait : {name} entre avec son mot de passe, et peut recommencer.")
        return redirect("establishments:team", uai)
    facts = {"colleague": other, "allowed": allowed, "has_one": has_factor(other.account)}
    return render(request, "establishments/reset_second_factor.html", facts, status=200 if allowed else 403)
