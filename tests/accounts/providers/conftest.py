"""A deployment with an invented GAR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache

from preau.accounts.models import Account
from tests.accounts.providers import ent, gar
from tests.page import PageClient
from tests.world import PASSWORD


@pytest.fixture(autouse=True)
def _invented_gar(settings: Any) -> None:
    cache.clear()
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app(), gar.app("autre", name="Autre")]}}
    settings.IDENTITY_PENDING_URL = "accounts:sign_in"


@pytest.fixture
def lea(db: None) -> Account:
    account = Account(username="lea.martin", first_name="Léa", last_name="Martin")
    account.set_password(PASSWORD)
    account.save()
    return account


@pytest.fixture
def openid(settings: Any, db: None) -> Iterator[ent.Ent]:
    """The GAR by OpenID Connect, alone."""
    cache.clear()
    with ent.served() as one:
        app = {
            "provider_id": "mediacentre",
            "name": "Médiacentre",
            "client_id": ent.CLIENT,
            "secret": ent.SECRET,
            "settings": {"issuer": one.address, "resource": "ark:/1/preau"},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"oidc": {"APPS": [app]}}
        yield one
    cache.clear()


@pytest.fixture
def cas(settings: Any, db: None) -> Iterator[ent.Ent]:
    """An ENT by CAS, alone."""
    with ent.served() as one:
        app = {
            "provider_id": "ent",
            "name": "ENT",
            "client_id": "ent",
            "settings": {"server": f"{one.address}/cas"},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"cas": {"APPS": [app]}}
        yield one


def asks(page: PageClient, slug: str = "mediacentre", query: str = "") -> gar.Answer:
    """Click the tile; the answer the GAR would honestly give."""
    sent = page.get(f"/mediacentre/{slug}/{query}")
    assert sent.status_code == 302, sent.content
    assert sent["Location"].startswith(gar.SSO)
    return gar.Answer(gar.request_id_of(sent["Location"]))


def brings(
    page: PageClient, answer: gar.Answer | bytes | Any, slug: str = "mediacentre", **extra: Any
) -> Any:
    """Post what the GAR's page posts, follow to our own page, and give its answer; the ACS's when it says no."""
    tree = answer.tree() if isinstance(answer, gar.Answer) else answer
    response = page.post(
        f"/mediacentre/{slug}/acs/", data=gar.urlencoded(tree), content_type=gar.FORM, **extra
    )
    return page.get(response["Location"]) if response.status_code == 303 else response


def signed_in(page: PageClient) -> str | None:
    """Who is in, by the session's word."""
    return page.session.get("_auth_user_id")


def known(account: Account, uid: str = gar.IDO) -> SocialAccount:
    return SocialAccount.objects.create(user=account, provider="mediacentre", uid=uid)
