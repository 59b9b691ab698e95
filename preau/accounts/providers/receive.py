"""The one door behind every protocol: what happens once a provider has vouched for somebody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.shortcuts import redirect

from preau.accounts import identities
from preau.accounts.actions import AccountClosed, enter
from preau.accounts.identities import IdentityTaken, Profile
from preau.accounts.models import Account
from preau.accounts.providers.base import EntProvider, kept
from preau.accounts.providers.facts import Arrived
from preau.accounts.providers.refusals import (
    AccountOver,
    IdentityElsewhere,
    NotInvited,
    StaffSignedIn,
    WrongKind,
)
from preau.accounts.signals import staff_signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HOW = "mediacentre"
CAME_BY = "came_by"  # in the session: which provider, for the page one leaves by


def receive(
    request: HttpRequest, provider: EntProvider, arrived: Arrived, *, link: bool, at: datetime
) -> HttpResponse:
    """Let whoever has this identity in, or let the identity wait for one more proof; `link` is an adult's own request.

    Raises StaffSignedIn, NotInvited, IdentityElsewhere, WrongKind or AccountOver.
    """
    identities.forget(request)
    someone: Account | AnonymousUser = request.user
    adult_here = isinstance(someone, Account) and someone.is_adult
    if adult_here and arrived.profile is Profile.PUPIL:
        raise StaffSignedIn
    identity = (
        SocialAccount.objects.filter(provider=provider.sub_id, uid=arrived.uid).select_related("user").first()
    )
    if link and isinstance(someone, Account) and adult_here:
        response = _link(request, provider, arrived, account=someone, at=at)
    elif identity is not None:
        response = _enter(request, arrived, identity, at=at)
    elif arrived.profile is Profile.PUPIL:
        response = _wait(request, provider, arrived, at=at)
    else:
        raise NotInvited
    request.session[CAME_BY] = provider.sub_id
    return response


def _enter(request: HttpRequest, arrived: Arrived, identity: SocialAccount, *, at: datetime) -> HttpResponse:
    """Straight in; whoever else was there is out. A second factor, when the account has one, comes first."""
    account = identity.user
    if (arrived.profile is Profile.PUPIL) == account.is_adult:
        raise WrongKind
    if request.user.is_authenticated and request.user.pk != account.pk and not account.is_active:
        get_adapter(request).logout(request)
    try:
        with transaction.atomic():
            waiting = enter(request, account=account, at=at, how=HOW)
            SocialAccount.objects.filter(pk=identity.pk).update(last_login=at, extra_data=kept(arrived))
    except AccountClosed:
        raise AccountOver from None
    if waiting:
        return waiting
    if account.is_adult:
        staff_signed_in.send(sender=Account, account=account, at=at, by_ent=True, request=request)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _wait(request: HttpRequest, provider: EntProvider, arrived: Arrived, *, at: datetime) -> HttpResponse:
    identities.hold(
        request,
        provider.social_login(arrived),
        uais=arrived.uais,
        profile=arrived.profile,
        hints=arrived.hints,
        at=at,
    )
    return redirect(settings.IDENTITY_PENDING_URL)


@transaction.atomic
def _link(
    request: HttpRequest, provider: EntProvider, arrived: Arrived, *, account: Account, at: datetime
) -> HttpResponse:
    """Give an adult's identity to the account that asked for it, on a POST of its own."""
    identities.hold(
        request,
        provider.social_login(arrived),
        uais=arrived.uais,
        profile=arrived.profile,
        hints=arrived.hints,
        at=at,
    )
    try:
        identities.connect(request, account=account, at=at)
    except IdentityTaken:
        identities.forget(request)
        raise IdentityElsewhere from None
    return redirect("accounts:mine")
