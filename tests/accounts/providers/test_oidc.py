"""Léa arrives by OpenID Connect; whoever pretends is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache

from preau.accounts.models import Account
from preau.accounts.providers import documents
from preau.accounts.providers.inspection import inspect
from preau.accounts.providers.ways import providers
from tests.accounts.providers import ent as kit
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import known, signed_in
from tests.page import PageClient


@pytest.fixture
def ent(settings: Any, db: None) -> Iterator[kit.Ent]:
    cache.clear()
    with kit.served() as one:
        app = {
            "provider_id": "mediacentre",
            "name": "Médiacentre",
            "client_id": kit.CLIENT,
            "secret": kit.SECRET,
            "settings": {"issuer": one.address, "resource": "ark:/1/preau"},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"oidc": {"APPS": [app]}}
        yield one
    cache.clear()


def asks(page: PageClient, ent: kit.Ent) -> dict[str, str]:
    """Click the tile; what the provider is asked."""
    sent = page.get("/mediacentre/")
    assert sent["Location"].startswith(f"{ent.address}/authorize?"), sent.content
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent["Location"]).query).items()}
    ent.nonce = asked["nonce"]
    return asked


def comes_back(page: PageClient, **query: str) -> Any:
    return page.get("/mediacentre/mediacentre/retour/", query)


def test_lea_is_in(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    asked = asks(page, ent)
    assert asked["idRessource"] == "ark:/1/preau"
    assert asked["scope"] == "openid scope.gar"
    assert asked["code_challenge_method"] == "S256"
    answer = comes_back(page, code="c", state=asked["state"])
    assert answer.status_code == 302, answer.content.decode()
    assert signed_in(page) == str(lea.pk)
    said = ent.said[0]
    assert kit.b64(kit.hashlib.sha256(said["code_verifier"].encode()).digest()) == asked["code_challenge"]
    assert said["auth"].startswith("Basic ")
    assert "client_secret" not in said


def test_the_provider_s_next_key(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    asked = asks(page, ent)
    ent.forge = {"key": "ent-next", "kid": "ent-next"}
    comes_back(page, code="c", state=asked["state"])
    assert signed_in(page) == str(lea.pk)


def test_the_subject_is_the_identifier_of_an_ent(page: PageClient, ent: kit.Ent, settings: Any) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"][0]
    app["settings"] = {"issuer": ent.address}
    asked = asks(page, ent)
    comes_back(page, code="c", state=asked["state"])
    assert page.session["identity"]["uid"] == "sub-1"


FORGED: dict[str, dict[str, Any]] = {
    "alg none": {"forge": {"alg": "none"}},
    "HS256 with the public key": {"forge": {"alg": "HS256"}},
    "another key": {"forge": {"key": "somebody"}},
    "an unknown key": {"forge": {"key": "somebody", "kid": "somebody"}},
    "another audience": {"claims": {"aud": "autre"}},
    "several audiences and another party": {"claims": {"aud": [kit.CLIENT, "autre"], "azp": "autre"}},
    "several audiences and no party": {"claims": {"aud": [kit.CLIENT, "autre"]}},
    "another issuer": {"claims": {"iss": "https://autre.example"}},
    "expired": {"claims": {"exp": 1}},
    "no end": {"claims": {"exp": None}},
    "no subject": {"claims": {"sub": None}},
    "another nonce": {"claims": {"nonce": "autre"}},
    "no nonce": {"claims": {"nonce": None}},
    "userinfo of somebody else": {"userinfo": {"sub": "sub-2", "IDO": gar.IDO, "PRO": "National_elv"}},
    "no identifier": {"userinfo": {"PRO": "National_elv"}},
    "two identifiers": {"userinfo": {"IDO": [gar.IDO, "ab" * 32], "PRO": "National_elv"}},
    "a number": {"userinfo": {"IDO": 42, "PRO": "National_elv"}},
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_lie_is_refused(page: PageClient, ent: kit.Ent, lea: Account, forged: str) -> None:
    known(lea)
    asked = asks(page, ent)
    for name, value in FORGED[forged].items():
        setattr(ent, name, value)
    answer = comes_back(page, code="c", state=asked["state"])
    assert answer.status_code == 403
    assert signed_in(page) is None
    assert "identity" not in page.session


def test_the_answer_serves_once_and_in_one_browser(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    state = asks(page, ent)["state"]
    other = PageClient()
    assert comes_back(other, code="c", state=state).status_code == 403
    assert comes_back(page, code="c").status_code == 403
    assert comes_back(page, code="c", state="x" * 5000).status_code == 403
    assert comes_back(page, code="c", state=state).status_code == 302
    page.post("/deconnexion/")
    assert comes_back(page, code="c", state=state).status_code == 403
    assert signed_in(page) is None


def test_another_issuer_in_the_address(page: PageClient, ent: kit.Ent) -> None:
    state = asks(page, ent)["state"]
    assert comes_back(page, code="c", state=state, iss="https://autre.example").status_code == 403


def test_the_provider_says_no(page: PageClient, ent: kit.Ent) -> None:
    state = asks(page, ent)["state"]
    assert comes_back(page, error="access_denied", state=state).status_code == 403


def test_a_provider_that_is_down_gives_a_page_with_the_other_ways_in(page: PageClient, ent: kit.Ent) -> None:
    ent.down = True
    shown = page.open("/mediacentre/")
    assert shown.status == 503
    assert shown.title == "L’ENT ne répond pas en ce moment"
    assert shown.link("J’ai une carte") == "/carte/"
    ent.down = False
    assert page.get("/mediacentre/").status_code == 503, "left alone for half a minute"
    cache.clear()
    state = asks(page, ent)["state"]
    ent.down = True
    assert comes_back(page, code="c", state=state).status_code == 503


def test_a_provider_that_is_slow_holds_nobody(
    page: PageClient, ent: kit.Ent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "TIMEOUT", (0.2, 0.1))
    ent.slow = 0.4
    assert page.get("/mediacentre/").status_code == 503


def test_what_it_says_of_itself_is_not_asked_twice_and_survives_it(page: PageClient, ent: kit.Ent) -> None:
    asks(page, ent)
    ent.down = True
    asks(page, ent)


def test_the_host_reads_what_is_wrong(ent: kit.Ent, settings: Any, now: Any) -> None:
    def said() -> str:
        return " ".join(one.text for one in inspect(providers()[0], at=now))

    assert said() == "Tout est en ordre."
    app = settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"][0]
    app["settings"]["issuer"] = f"{ent.address}/autre"
    assert "se présente sous un autre nom" in said()
    app["client_id"] = "mediacentre"
    assert "CLIENT_ID manque" in said()
