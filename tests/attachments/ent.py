"""A pupil who clicks the tile of their ENT, without an ENT: the identity arrives in their browser's session."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.test import RequestFactory
from django.utils import timezone

from preau.accounts import identities
from preau.accounts.actions import choose_password
from preau.accounts.identities import Hints, PendingIdentity, Profile
from preau.accounts.models import Account
from preau.accounts.sessions import SessionStore
from preau.attachments.actions import give_usernames, make_cards
from preau.attachments.codes import show
from preau.rosters.models import Learner
from preau.scenarios.people import entries_of
from tests.page import Page, PageClient

TILLEULS, MIMOSAS = "0931434D", "0180777X"
PASSWORD = "trois souris vertes"
IDO = "7f" * 32


def brings(
    page: PageClient,
    *,
    uid: str = IDO,
    uais: tuple[str, ...] = (TILLEULS,),
    names: tuple[str, str] | None = None,
    divisions: tuple[str, ...] = (),
    profile: Profile = Profile.PUPIL,
    provider: str = "mediacentre",
    at: datetime | None = None,
) -> PendingIdentity:
    """An identity that nobody has yet arrives in this browser, as the provider's own view would leave it."""
    cookie = page.cookies.get(settings.SESSION_COOKIE_NAME)
    request = visit(cookie.value if cookie else None)
    first, last = names or ("", "")
    login = SocialLogin(account=SocialAccount(provider=provider, uid=uid))
    login.provider = type("Provider", (), {"name": "Médiacentre"})()
    hints = Hints(first_name=first, last_name=last, divisions=divisions)
    moment = at or timezone.now()
    pending = identities.hold(request, login, uais=uais, profile=profile, hints=hints, at=moment)
    request.session.save()
    page.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return pending


def visit(session_key: str | None = None) -> Any:
    """A request with a session, and nothing else."""
    request: Any = RequestFactory().get("/")
    request.session = SessionStore(session_key)
    return request


def clicks_the_tile(page: PageClient, **what: Any) -> Page:
    """And lands where an unknown identity is sent."""
    brings(page, **what)
    return page.open("/arrivee/ent/")


def card_of(learner: Learner) -> str:
    at = timezone.now()
    (made,) = make_cards(
        learners=[learner],
        token=secrets.token_hex(8),
        batch_number="2026-001",
        expires_at=at + timedelta(days=30),
        by=None,
        at=at,
    )
    return show(made.code)


def with_account(learner: Learner, password: str = PASSWORD) -> Account:
    at = timezone.now()
    ((_, account),) = give_usernames(learners=[learner], by=None, at=at).given
    choose_password(account=account, password=password, at=at)
    return account


def known_by(learner: Learner, uid: str, uai: str) -> Account:
    """An account of this pupil's names that only the ENT of one school opens."""
    account = Account(
        first_name=learner.first_name, last_name=learner.last_name, birth_date=learner.birth_date
    )
    account.set_unusable_password()
    account.save()
    SocialAccount.objects.create(
        provider="mediacentre", uid=uid, user=account, extra_data={"uais": [uai], "profile": "PUPIL"}
    )
    return account


def modes_of(learner: Learner) -> list[str]:
    """What the Élèves tab shows of this pupil."""
    entry = next(iter(entries_of([learner.pk])), None)
    return entry.account.modes if entry else []
