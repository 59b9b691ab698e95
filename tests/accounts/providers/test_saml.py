"""Léa arrives from the GAR by SAML; whoever pretends is refused."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account
from preau.audit.models import Entry
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings, known, signed_in
from tests.page import PageClient


def test_lea_clicks_the_tile_and_is_in(page: PageClient, lea: Account) -> None:
    known(lea)
    answer = brings(page, asks(page))
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/arrivee/"
    assert signed_in(page) == str(lea.pk)
    assert Entry.objects.get(verb="connexion").facts == {"how": "mediacentre"}
    kept = SocialAccount.objects.get()
    assert kept.extra_data == {"uais": ["0931434D"], "profile": "PUPIL"}


def test_an_unknown_identity_waits(page: PageClient, lea: Account) -> None:
    answer = brings(page, asks(page))
    assert answer.status_code == 302, answer.content.decode()
    assert signed_in(page) is None
    assert page.session["identity"]["uid"] == gar.IDO
    assert not SocialAccount.objects.exists()
