"""Whether whoever runs a school must have a second factor, and by when (`PREAU_STAFF_MFA`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preau.accounts.models import Account
from preau.accounts.second_factor.factors import has_factor

if TYPE_CHECKING:
    from django.http import HttpResponseBase

OFF, ASKED, REQUIRED = "off", "asked", "required"
DUE = "second_factor_due"  # in the session: "" when only asked, else the last moment without one
ADVICE = (
    "Seul votre mot de passe protège les données de vos élèves. Ajoutez une deuxième preuve, en trois minutes : "
    "votre nom, en haut, puis « Deuxième preuve »."
)
# Where somebody who is late may still go: to add one, to prove who they are, to leave, to read what we explain.
STILL_OPEN = {
    "accounts:factors",
    "accounts:add_app",
    "accounts:add_key",
    "accounts:again",
    "accounts:sign_out",
}


def note_due(request: HttpRequest, *, account: Account, runs: bool, at: datetime) -> None:
    """Keep in the session, at sign-in, whether a second factor is missing; the grace starts the first time."""
    request.session.pop(DUE, None)
    if settings.STAFF_MFA == OFF or not runs or has_factor(account):
        return
    if settings.STAFF_MFA == ASKED:
        request.session[DUE] = ""
        messages.warning(request, ADVICE)
        return
    if account.second_factor_asked_at is None:
        account.second_factor_asked_at = at
        account.save(update_fields=["second_factor_asked_at"])
    until = account.second_factor_asked_at + timedelta(days=settings.STAFF_MFA_GRACE_DAYS)
    request.session[DUE] = until.isoformat()


def due(request: HttpRequest) -> datetime | None:
    """The last moment without a second factor, when one is required and missing."""
    kept = request.session.get(DUE)
    return datetime.fromisoformat(kept) if kept else None


class SecondFactorDue:
    """Once the grace is over, lead whoever runs a school to the page where a second factor is added."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.STAFF_MFA != REQUIRED:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or match.view_name in STILL_OPEN or match.app_name == "web":
            return None
        until = due(request)
        if until is None or until > timezone.now() or not request.user.is_authenticated:
            return None
        return redirect("accounts:factors")
