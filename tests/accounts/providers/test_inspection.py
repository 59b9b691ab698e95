"""Whoever administers the server reads what is wrong with an ENT's settings, in plain words."""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.core import mail
from django.core.management import call_command

from preau.accounts import checks
from preau.accounts.models import Account
from preau.accounts.providers import alert, inspection
from preau.accounts.providers.inspection import inspect, inspect_all, libraries
from preau.accounts.providers.saml import SamlProvider
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings
from tests.page import PageClient
from tests.world import World


@pytest.fixture(autouse=True)
def _empty_cache() -> Any:
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


def said(at: datetime, **more: str) -> str:
    provider = SamlProvider(None, app=SocialApp(provider="saml", **gar.app(**more)))
    return " ".join(one.text for one in inspect(provider, at=at, online=False))


def test_all_is_well(now: datetime) -> None:
    assert said(now) == "Tout est en ordre."


WRONG = {
    "métadonnées d’une autre entité": (
        {"idp_entity_id": "https://autre.example/"},
        "ce sont celles d’une autre entité",
    ),
    "nos propres métadonnées": (
        {"metadata": '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>'},
        "ce sont celles d’une autre entité",
    ),
    "pas du XML": ({"metadata": "<a"}, "pas un fichier XML lisible"),
    "un fichier absent": ({"metadata": "/nulle/part.xml"}, "ne peut pas être lu"),
    "pas https": ({"metadata": gar.metadata("", sso="http://gar.example/")}, "certificat n’est pas lisible"),
    "une adresse en clair": (
        {"metadata": gar.metadata(gar.pair("gar").certificate_text, sso="http://gar.example/")},
        "n’est pas en https",
    ),
    "une clé d’un autre certificat": (
        {"key": gar.pair("somebody").key_pem},
        "KEY et CERTIFICATE ne vont pas ensemble",
    ),
    "une clé illisible": ({"key": "-----BEGIN PRIVATE KEY-----\nAAAA"}, "KEY ne peut pas signer"),
    "une clé seule": ({"certificate": ""}, "l’un des deux manque"),
    "un RelayState d’ailleurs": (
        {"relay_state": "https://autre.example/"},
        "RELAY_STATE n’est pas une adresse",
    ),
    "rien": ({"metadata": ""}, "METADATA manque"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said(now: datetime, wrong: str) -> None:
    settings, words = WRONG[wrong]
    assert words in said(now, **settings)


def test_providers_are_asked_side_by_side(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3)  # broken by whoever is asked alone

    def probed(provider: SamlProvider) -> list[inspection.Finding]:
        together.wait(5)
        return [inspection.Finding("warn", provider.sub_id)]

    monkeypatch.setattr(inspection, "probed", probed)
    three = [SamlProvider(None, app=SocialApp(provider="saml", **gar.app())) for _ in range(3)]
    for number, one in enumerate(three):
        one.app.provider_id = f"ent-{number}"
    said_of_each = [[one.text for one in found] for found in inspect_all(three, at=now)]
    assert said_of_each == [["ent-0"], ["ent-1"], ["ent-2"]]


def test_a_certificate_that_ends_soon_or_is_over(now: datetime) -> None:
    ours = gar.pair("short", days=12)
    assert "Notre certificat expire dans 12 jours" in said(
        now, key=ours.key_pem, certificate=ours.certificate_pem
    )
    theirs = gar.metadata(gar.pair("old", days=-3).certificate_text)
    assert "Le certificat du fournisseur a expiré" in said(now, metadata=theirs)
    both = gar.metadata(gar.pair("old", days=-3).certificate_text, gar.pair("gar").certificate_text)
    assert said(now, metadata=both) == "Tout est en ordre."
    assert "expire dans 20" in said(now + timedelta(days=345))


def test_the_page_says_what_the_refused_arrivals_point_at(page: PageClient, db: None) -> None:
    admin = Account.objects.create_superuser("root", "quatre tilleuls et un banc")
    brings(page, asks(page).but(recipient="https://autre.example/acs/"))
    brings(page, asks(page).but(recipient="https://autre.example/acs/"))
    page.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page.open("/admin/mediacentre/")
    assert "2 arrivées refusées depuis hier" in shown
    assert "l’ACS déclaré chez le fournisseur n’est pas le nôtre" in shown
    assert "http://localhost:8000/mediacentre/mediacentre/acs/" in shown
    assert "Médiacentre et ENT" in page.get("/admin/").content.decode()


def test_only_whoever_administers_the_server_sees_the_page(page: PageClient, world: World) -> None:
    assert page.get("/admin/mediacentre/").status_code == 302
    page.force_login(world.ndiaye, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert page.get("/admin/mediacentre/").status_code == 404


def test_the_school_is_told_too(as_: Any, world: World, settings: Any) -> None:
    ours = gar.pair("short", days=12)
    app = gar.app(key=ours.key_pem, certificate=ours.certificate_pem)
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [app]}}
    shown = as_(world.ndiaye).open(f"/e/{world.tilleuls.uai}/reglages/")
    assert "Médiacentre : notre certificat expire dans 12 jours" in shown


def test_a_mail_on_mondays(db: None, settings: Any) -> None:
    Account.objects.create_superuser("root", "x", email="root@exemple.fr")
    ours = gar.pair("short", days=12)
    settings.SOCIALACCOUNT_PROVIDERS = {
        "saml": {"APPS": [gar.app(key=ours.key_pem, certificate=ours.certificate_pem)]}
    }
    settings.MAIL_CONFIGURED = True
    monday = datetime.fromisoformat("2026-11-30T08:00:00+00:00")
    assert alert.warn_of_certificates(at=monday + timedelta(days=1)) == 0
    assert alert.warn_of_certificates(at=monday) == 1
    assert "notre certificat expire" in mail.outbox[0].body
    assert "/admin/mediacentre/" in mail.outbox[0].body


def test_the_command_says_the_same_and_fails(
    db: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app(metadata="/nulle/part.xml")]}}
    with pytest.raises(SystemExit):
        call_command("check-sso")
    assert "✗ Le fichier /nulle/part.xml ne peut pas être lu." in capsys.readouterr().out


def test_two_libraries_that_do_not_fit_are_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert libraries() is None
    monkeypatch.delitem(sys.modules, "preau.accounts.providers.saml_library")
    monkeypatch.delattr("preau.accounts.providers.saml_library")
    monkeypatch.setitem(sys.modules, "xmlsec", None)
    broken = libraries()
    assert broken is not None
    assert "la même libxml2" in broken.text
    assert [one.id for one in checks.signatures()] == ["preau.E010"]


def test_an_ent_set_in_the_admin_is_offered_too(page: PageClient, db: None) -> None:
    SocialApp.objects.create(
        provider="cas",
        provider_id="ent-oise",
        name="ENT Oise",
        client_id="ent-oise",
        settings={"server": "https://cas.example"},
    )
    assert page.open("/connexion/").link("ENT Oise") == "/mediacentre/ent-oise/"
    sent = page.get("/mediacentre/ent-oise/")
    assert sent["Location"].startswith("https://cas.example/login?service=http")


def test_the_admin_refuses_what_would_not_work_and_keeps_no_secret(page: PageClient, db: None) -> None:
    admin = Account.objects.create_superuser("root", "quatre tilleuls et un banc")
    page.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    given = {
        "provider": "saml",
        "provider_id": "gar",
        "name": "GAR",
        "client_id": "gar",
        "secret": "",
        "key": "",
    }
    wrong = {**given, "settings": '{"metadata": "/nulle/part.xml"}'}
    assert "ne peut pas être lu" in page.post("/admin/socialaccount/socialapp/add/", wrong).content.decode()
    key = {**given, "settings": '{"key": "-----BEGIN PRIVATE KEY-----"}'}
    assert "reste dans un fichier" in page.post("/admin/socialaccount/socialapp/add/", key).content.decode()
    secret = {**given, "provider": "oidc", "secret": "ouvert", "settings": "{}"}
    assert (
        "reste dans un fichier" in page.post("/admin/socialaccount/socialapp/add/", secret).content.decode()
    )
    good = {
        **given,
        "provider": "saml",
        "settings": json.dumps({"metadata": gar.app()["settings"]["metadata"]}),
    }
    assert page.post("/admin/socialaccount/socialapp/add/", good).status_code == 302
    assert SocialApp.objects.get().provider_id == "gar"
    assert page.get("/admin/socialaccount/socialaccount/").status_code == 404
