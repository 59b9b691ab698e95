"""Who may reach a school's pages: fetching and being allowed are one call, and no is a 404.

Whether a school uses Préau, and who works there, is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from preau.establishments.models import Membership, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from preau.accounts.models import Account

View = ParamSpec("View")
CACHE = "_preau_membership"


def known(account: Account | AnonymousUser, *, uai: str) -> Membership | None:
    """The membership of this account in this school, or None; one query a request, the school comes with it."""
    if not account.is_authenticated:
        return None
    kept: dict[str, Membership | None] = getattr(account, CACHE, {})
    if uai not in kept:
        found = (
            Membership.objects.select_related("establishment")
            .filter(account=account.pk, establishment__uai=uai)
            .first()
            if len(uai) == 8 and uai.isalnum()  # PostgreSQL refuses a NUL
            else None
        )
        kept = {uai: found}
        setattr(account, CACHE, kept)
    return kept[uai]


def member(account: Account | AnonymousUser, *, uai: str) -> Membership:
    """The membership of someone who works in this school, whatever their role. Raises Http404."""
    membership = known(account, uai=uai)
    if membership is None:
        raise Http404
    return membership


def runner(account: Account | AnonymousUser, *, uai: str) -> Membership:
    """The membership of a head or a référent of this school. Raises Http404."""
    membership = member(account, uai=uai)
    if not membership.runs:
        raise Http404
    return membership


def head(account: Account | AnonymousUser, *, uai: str) -> Membership:
    """The membership of a head of this school. Raises Http404."""
    membership = member(account, uai=uai)
    if membership.role != Role.HEAD:
        raise Http404
    return membership


def staff_page(
    view: Callable[Concatenate[HttpRequest, View], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, View], HttpResponseBase]:
    """Send whoever is not signed in to the staff's sign-in page, and back here afterwards.

    A form sent after the session ended goes back to the school's first page: its address may only take a POST.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        path = (
            request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("establishments:mine")
        )
        return HttpResponseRedirect(f"{reverse('accounts:staff_sign_in')}?{urlencode({'next': path})}")

    return guarded
