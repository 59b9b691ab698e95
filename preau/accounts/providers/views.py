"""The pages where an ENT or the GAR brings somebody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from preau.accounts import arrival, identities
from preau.accounts.identities import LastWayIn
from preau.accounts.models import Account
from preau.accounts.providers import seal
from preau.accounts.providers.asking import PAGE, within
from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.cas import CasProvider, ticket_to_end
from preau.accounts.providers.inspection import inspect_all, libraries, note_refusal
from preau.accounts.providers.oidc import OidcProvider
from preau.accounts.providers.receive import receive
from preau.accounts.providers.refusals import (
    ArrivalRefused,
    ProviderDown,
    ProviderUnset,
    Reason,
    SettingRefused,
    WayOut,
)
from preau.accounts.providers.saml import SamlProvider
from preau.accounts.providers.tickets import end_session_of, note_ticket
from preau.accounts.providers.ways import KINDS, provider_or_404, providers, way_in, ways_in
from preau.accounts.second_factor.sure import sure_deed
from preau.web.refusals import Refusal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

View = ParamSpec("View")
logger = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024  # of a response; a real one has eight
FORM = "application/x-www-form-urlencoded"


def arrival_page(
    view: Callable[Concatenate[HttpRequest, View], HttpResponse],
) -> Callable[Concatenate[HttpRequest, View], HttpResponse]:
    """Show a refusal as one clear screen with the other ways in; the log gets a reason and quotes nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponse:
        try:
            with within(PAGE):
                return view(request, *args, **kwargs)
        except SettingRefused as problem:
            logger.error("%s: réglage refusé, %s", kwargs.get("slug", "mediacentre"), problem)
            return _refused(request, ProviderUnset(), str(kwargs.get("slug") or "mediacentre"))
        except Refusal as refusal:
            return _refused(request, refusal, str(kwargs.get("slug") or "mediacentre"))

    return guarded


def _refused(request: HttpRequest, refusal: Refusal, slug: str) -> HttpResponse:
    reason = getattr(refusal, "reason", type(refusal).__name__)
    why = f" : {refusal.why}" if isinstance(refusal, ProviderDown) and refusal.why else ""
    logger.warning("%s: arrivée refusée, %s%s", slug, reason, why)
    if isinstance(refusal, ArrivalRefused):
        note_refusal(slug, refusal.reason)
    known = providers(request)
    facts = {
        "refusal": refusal,
        "out": getattr(refusal, "out", WayOut.ELSEWHERE),
        "again": next((one for one in known if one.sub_id == slug), None),
        "others": [way_in(one) for one in known if one.sub_id != slug],
    }
    response = render(request, "accounts/arrival_refused.html", facts, status=getattr(refusal, "status", 403))
    if response.status_code == 503:
        response.headers["Retry-After"] = "60"
    return response


@require_safe
@arrival_page
def mediacentre(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The address of the tile: start at once with the only provider, or the one named; never link anything."""
    _remember_destination(request)
    if not slug:
        known = providers(request)
        if not known:
            raise Http404
        if len(known) > 1:
            return render(request, "accounts/which_ent.html", {"ways": ways_in(request)})
        provider = known[0]
    else:
        provider = provider_or_404(request, slug)
    identities.forget(request)
    return provider.start(request, link=False)


def _remember_destination(request: HttpRequest) -> None:
    """Keep what the tile of a precise resource asks for: a local path, or a campaign's code."""
    going_to, code = request.GET.get("next"), request.GET.get("code", "")
    if code.isascii() and code.isalnum() and len(code) <= 20:
        try:
            going_to = reverse(settings.CODE_URL, args=[code.upper()])
        except NoReverseMatch:
            going_to = None
    if arrival.is_local_path(going_to):
        arrival.remember(request, destination=going_to)


@require_safe
@arrival_page
def saml_metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """Our side, as the GAR registers it."""
    provider = cast("SamlProvider", provider_or_404(request, slug, SamlProvider))
    return HttpResponse(provider.metadata(), content_type="application/samlmetadata+xml")


@csrf_exempt
@require_POST
@sensitive_post_parameters()
@arrival_page
def saml_acs(request: HttpRequest, slug: str) -> HttpResponse:
    """Verify what the GAR posts, without a session, and hand it to our own page, which has one."""
    provider = cast("SamlProvider", provider_or_404(request, slug, SamlProvider))
    arrived, request_id = provider.read(_posted(request, "SAMLResponse", most=MOST_BYTES))
    path = reverse("accounts:saml_finish", args=[slug])
    response = HttpResponseRedirect(path)
    response.status_code = 303
    seal.put(response, arrived, slug=slug, request_id=request_id, path=path)
    return response


def _posted(request: HttpRequest, name: str, *, most: int) -> str:
    """One field of a form from elsewhere; a body that is too large, or no form, is not read. Raises ArrivalRefused."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length[:19]) > most:
        raise ArrivalRefused(Reason.TOO_LARGE)
    if request.content_type != FORM:
        raise ArrivalRefused(Reason.UNREADABLE)
    try:
        values = request.POST.getlist(name)
    except (BadRequest, SuspiciousOperation, UnreadablePostError):
        raise ArrivalRefused(Reason.UNREADABLE) from None
    if len(values) != 1:
        raise ArrivalRefused(Reason.SHAPE)
    return values[0]


@require_safe
@arrival_page
def saml_finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Let in whoever the sealed cookie names, if this session made the request it answers."""
    provider = provider_or_404(request, slug, SamlProvider)
    path = reverse("accounts:saml_finish", args=[slug])
    try:
        arrived, request_id = seal.take(request, slug=slug)
        state = provider.unstash(request, request_id)
        response = receive(request, provider, arrived, link=bool(state["link"]), at=timezone.now())
    except Refusal as refusal:
        response = _refused(request, refusal, slug)
    seal.drop(response, path=path)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@arrival_page
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """Where OpenID Connect and CAS bring people back; CAS also tells here that a ticket's session is over."""
    provider = provider_or_404(request, slug)
    if isinstance(provider, CasProvider) and request.method == "POST":
        end_session_of(slug, ticket_to_end(_posted(request, "logoutRequest", most=64 * 1024)))
        return HttpResponse(status=204)
    if request.method == "POST" or isinstance(provider, SamlProvider):
        raise Http404
    state = provider.unstash(request, request.GET.get("state", ""))
    at, link = timezone.now(), bool(state["link"])
    if isinstance(provider, CasProvider):
        ticket = request.GET.get("ticket", "")
        arrived = provider.read(ticket, request.GET["state"])
        response = receive(request, provider, arrived, link=link, at=at)
        note_ticket(request, slug, ticket, at=at)
        return response
    arrived = cast("OidcProvider", provider).read(request.GET.dict(), state)
    return receive(request, provider, arrived, link=link, at=at)


def _adult(user: Account | AnonymousUser) -> Account:
    if not isinstance(user, Account) or not user.is_adult:
        raise Http404
    return user


@login_required(login_url="accounts:staff_sign_in")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """An adult's own account: the ENTs that open it, and those that may."""
    account = _adult(request.user)
    held = {one.provider: one for one in account.socialaccount_set.order_by("pk")}  # type: ignore[attr-defined]
    rows = [
        {"name": one.name, "slug": one.sub_id, "identity": held.pop(one.sub_id, None)}
        for one in providers(request)
    ]
    rows += [{"name": slug, "slug": "", "identity": identity} for slug, identity in held.items()]
    return render(request, "accounts/mine.html", {"rows": rows})


@login_required(login_url="accounts:staff_sign_in")
@require_POST
@sure_deed("accounts:mine")
@arrival_page
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """An adult asks, on a POST, to link an ENT: a page that leaves for it, since a form may not lead elsewhere."""
    _adult(request.user)
    provider = provider_or_404(request, slug)
    leaving = provider.start(request, link=True)
    return render(request, "accounts/leaving_for.html", {"name": provider.name, "url": leaving["Location"]})


@login_required(login_url="accounts:staff_sign_in")
@require_POST
@sure_deed("accounts:mine")
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one ENT away from an adult's account, unless it is the last way in."""
    try:
        identities.disconnect(account=_adult(request.user), identity_id=pk, at=timezone.now())
    except LastWayIn as refusal:
        messages.error(request, refusal.formal)
    else:
        messages.success(request, "C’est fait : cet ENT n’ouvre plus votre compte.")
    return redirect("accounts:mine")


@login_required(login_url="accounts:staff_sign_in")
@require_safe
def ents(request: HttpRequest) -> HttpResponse:
    """Whoever administers the server tests its ENTs: what is wrong, and what to register on the other side."""
    if not (request.user.is_active and request.user.is_superuser):
        raise Http404
    known = providers(request)
    rows = [
        {"provider": one, "kind": KINDS[one.id], "findings": findings, "addresses": _to_declare(one)}
        for one, findings in zip(known, inspect_all(known, at=timezone.now()), strict=True)
    ]
    return render(request, "accounts/ents.html", {"rows": rows, "broken": libraries()})


def _to_declare(provider: EntProvider) -> list[tuple[str, str]]:
    tile = ("Adresse de la ressource", provider.address("mediacentre"))
    if isinstance(provider, SamlProvider):
        return [
            tile,
            ("Entité et métadonnées", provider.entity_id),
            ("ACS (HTTP-POST)", provider.address("saml_acs")),
            ("RelayState", provider.relay_state),
        ]
    return [tile, ("Adresse de retour", provider.address("mediacentre_back"))]
