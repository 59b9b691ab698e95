"""Léa arrives from an ENT by CAS, and the ENT can end her session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account, SessionTicket
from preau.accounts.providers.inspection import inspect
from preau.accounts.providers.ways import providers
from tests.accounts.providers import ent as kit
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import signed_in
from tests.page import PageClient
from tests.world import PASSWORD

BACK = "/mediacentre/ent/retour/"


@pytest.fixture
def ent(cas: kit.Ent) -> kit.Ent:
    return cas


def asks(page: PageClient, ent: kit.Ent, ticket: str = "ST-1") -> dict[str, str]:
    """Click the tile; the query the CAS server sends back, with a good ticket."""
    sent = page.get("/mediacentre/")
    assert sent["Location"].startswith(f"{ent.address}/cas/login?")
    service = parse_qs(urlsplit(sent["Location"]).query)["service"][0]
    ent.tickets[ticket] = service
    return {"ticket": ticket, "state": parse_qs(urlsplit(service).query)["state"][0]}


def known(account: Account) -> None:
    SocialAccount.objects.create(user=account, provider="ent", uid="uid-lea.42")


def posts(page: PageClient, body: str) -> int:
    return page.post(BACK, urlencode({"logoutRequest": body}), content_type=gar.FORM).status_code


def logout_of(ticket: str) -> str:
    return (
        '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="1" Version="2.0">'
        f"<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
    )


def test_lea_is_in(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    assert page.get(BACK, asks(page, ent)).status_code == 302
    assert signed_in(page) == str(lea.pk)
    assert SocialAccount.objects.get().extra_data == {"uais": ["0931434D"], "profile": "PUPIL"}


def test_a_ticket_serves_once_and_in_one_browser(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    back = asks(page, ent)
    assert PageClient().get(BACK, back).status_code == 403
    assert page.get(BACK, {**back, "ticket": "ST-2"}).status_code == 403
    assert page.get(BACK, back).status_code == 403, "the state was used up"
    assert signed_in(page) is None


def test_a_proxy_speaks_for_nobody(page: PageClient, ent: kit.Ent) -> None:
    assert page.get(BACK, asks(page, ent, "PT-1")).status_code == 403
    ent.success = "<cas:proxies><cas:proxy>https://proxy.example/</cas:proxy></cas:proxies>"
    assert page.get(BACK, asks(page, ent)).status_code == 403
    assert "identity" not in page.session


def test_the_ticket_is_asked_about_with_the_very_address_it_was_made_for(
    page: PageClient, ent: kit.Ent
) -> None:
    back = asks(page, ent)
    service = ent.tickets[back["ticket"]]
    for other in (f"{service}x", service.replace("localhost", "127.0.0.1"), service.split("?")[0]):
        ent.tickets["ST-1"] = other
        assert page.get(BACK, back).status_code == 403
        back = asks(page, ent)
    assert page.get(BACK, {**back, "service": "https://autre.example/"}).status_code == 302


@pytest.mark.parametrize("ticket", ["", "ST 1", "ST-é", "a" * 300, "ST-1&service=x"])
def test_a_ticket_that_is_none_asks_nothing(page: PageClient, ent: kit.Ent, ticket: str) -> None:
    back = asks(page, ent)
    assert page.get(BACK, {**back, "ticket": ticket}).status_code == 403


def test_a_ticket_made_for_somebody_else_s_visit(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    attacker = PageClient()
    stolen = asks(attacker, ent, "ST-9")
    mine = asks(page, ent)
    assert page.get(BACK, {"ticket": stolen["ticket"], "state": mine["state"]}).status_code == 403
    assert signed_in(page) is None


@pytest.mark.parametrize("user", ["", "a b", "lea<x/>", "é", "x" * 200, "lea<!-- -->42"])
def test_an_odd_identifier(page: PageClient, ent: kit.Ent, user: str) -> None:
    ent.user = user
    assert page.get(BACK, asks(page, ent)).status_code in {400, 403, 503}
    assert "identity" not in page.session


def test_a_server_that_is_down(page: PageClient, ent: kit.Ent) -> None:
    back = asks(page, ent)
    ent.down = True
    shown = page.read(page.get(BACK, back))
    assert shown.status == 503
    assert "ne répond pas" in shown.title


def test_the_ent_ends_the_session_of_its_ticket_only(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    page.get(BACK, asks(page, ent, "ST-lea"))
    other = PageClient()
    other.get(BACK, asks(other, ent, "ST-autre"))
    assert "ST-lea" not in str(list(SessionTicket.objects.values()))
    cas = PageClient(enforce_csrf_checks=True)
    assert posts(cas, logout_of("ST-inconnu")) == 204
    assert signed_in(page) == str(lea.pk)
    assert posts(cas, logout_of("ST-lea")) == 204
    assert page.session.get("_auth_user_id") is None
    assert signed_in(other) == str(lea.pk)


def test_the_ticket_follows_whoever_gives_one_more_proof(
    page: PageClient, ent: kit.Ent, lea: Account
) -> None:
    page.get(BACK, asks(page, ent, "ST-lea"))
    assert "identity" in page.session
    page.post("/connexion/", {"identifier": "lea.martin", "password": PASSWORD})
    assert signed_in(page) == str(lea.pk)
    posts(PageClient(), logout_of("ST-lea"))
    assert page.session.get("_auth_user_id") is None


@pytest.mark.parametrize(
    "body",
    ["", "<a", "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', logout_of(""), logout_of("a b"), "\x00"],
)
def test_nonsense_ends_nothing(page: PageClient, ent: kit.Ent, body: str) -> None:
    assert posts(page, body) == 400


def test_a_logout_too_large_is_not_read(page: PageClient, ent: kit.Ent) -> None:
    assert posts(page, "x" * 100_000) == 400


def test_the_host_reads_what_is_wrong(ent: kit.Ent, settings: Any, now: Any) -> None:
    def said() -> str:
        return " ".join(one.text for one in inspect(providers()[0], at=now))

    assert said() == "Tout est en ordre."
    ent.knows = "https://autre.example/"
    assert "cette adresse y est-elle déclarée ? http://localhost:8000/mediacentre/ent/retour/" in said()
    ent.knows, ent.date = "http://", -timedelta(minutes=3)
    assert said() == "L’horloge de ce serveur avance de 3 min sur celle du fournisseur."
    settings.SOCIALACCOUNT_PROVIDERS["cas"]["APPS"][0]["settings"]["server"] = f"{ent.address}/autre"
    assert "ne répond pas, ou répond autre chose" in said()
    settings.SOCIALACCOUNT_PROVIDERS["cas"]["APPS"][0]["settings"]["server"] = "http://cas.example"
    assert "n’est pas en https" in said()
