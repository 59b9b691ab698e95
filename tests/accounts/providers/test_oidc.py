"""Léa arrives by OpenID Connect; whoever pretends is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache

from preau.accounts.models import Account
from preau.accounts.providers import asking
from preau.accounts.providers.inspection import inspect
from preau.accounts.providers.ways import providers
from tests.accounts.providers import ent as kit
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import known, signed_in
from tests.page import PageClient


@pytest.fixture
def ent(openid: kit.Ent) -> kit.Ent:
    return openid


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
    "another party": {"claims": {"azp": "autre"}},
    "the hash of another access token": {"claims": {"at_hash": kit.half_hash("autre")}},
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


def test_a_provider_that_promised_to_name_itself_must(page: PageClient, ent: kit.Ent, lea: Account) -> None:
    known(lea)
    ent.says = {"authorization_response_iss_parameter_supported": True}
    state = asks(page, ent)["state"]
    assert comes_back(page, code="c", state=state).status_code == 403
    state = asks(page, ent)["state"]
    assert comes_back(page, code="c", state=state, iss=ent.address).status_code == 302


def test_the_answer_of_one_provider_is_not_for_another(page: PageClient, ent: kit.Ent, settings: Any) -> None:
    apps = settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"]
    apps.append({**apps[0], "provider_id": "autre"})
    sent = page.get("/mediacentre/autre/")["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    assert asked["redirect_uri"].endswith("/mediacentre/autre/retour/"), "each has an address of its own"
    ent.nonce = asked["nonce"]
    assert comes_back(page, code="c", state=asked["state"]).status_code == 403


def test_a_provider_without_challenge_is_not_given_its_answer(
    page: PageClient, ent: kit.Ent, lea: Account
) -> None:
    known(lea)
    ent.says = {"code_challenge_methods_supported": ["plain"]}
    asked = asks(page, ent)
    assert "code_challenge" not in asked
    comes_back(page, code="c", state=asked["state"])
    assert "code_verifier" not in ent.said[0]
    assert signed_in(page) == str(lea.pk)


@pytest.mark.parametrize(
    ("more", "forge", "status"),
    [
        ({}, {}, 302),
        ({"aud": "autre"}, {}, 403),
        ({"iss": "https://autre.example"}, {}, 403),
        ({"sub": "sub-2"}, {}, 403),
        ({"sub": None}, {}, 403),
        ({}, {"key": "somebody"}, 403),
        ({}, {"alg": "none"}, 403),
    ],
)
def test_a_signed_userinfo_is_for_us_and_about_them(
    page: PageClient, ent: kit.Ent, lea: Account, more: dict[str, Any], forge: dict[str, str], status: int
) -> None:
    known(lea)
    state = asks(page, ent)["state"]
    ent.signed_userinfo = kit.token({"sub": "sub-1", **ent.userinfo, **more}, **forge)
    assert comes_back(page, code="c", state=state).status_code == status


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
    monkeypatch.setattr(asking, "TIMEOUT", (0.2, 0.1))
    ent.slow = 0.4
    assert page.get("/mediacentre/").status_code == 503


def test_what_it_says_of_itself_is_not_asked_twice_and_survives_it(page: PageClient, ent: kit.Ent) -> None:
    asks(page, ent)
    ent.down = True
    asks(page, ent)


def test_the_host_reads_what_is_wrong(ent: kit.Ent, settings: Any, now: Any) -> None:
    def said() -> str:
        cache.clear()
        return " ".join(one.text for one in inspect(providers()[0], at=now))

    app = settings.SOCIALACCOUNT_PROVIDERS["oidc"]["APPS"][0]
    assert said() == "Tout est en ordre."
    ent.date = timedelta(minutes=7)
    assert said() == "L’horloge de ce serveur retarde de 7 min sur celle du fournisseur."
    ent.date = timedelta()
    ent.knows = "https://autre.example/"
    assert said() == (
        "L’adresse de retour n’est pas déclarée chez le fournisseur : "
        "http://localhost:8000/mediacentre/mediacentre/retour/"
    )
    ent.knows = "http://"
    app["secret"] = "un autre"
    assert said() == "Le fournisseur refuse notre compte : CLIENT_ID ou SECRET n’est pas le bon."
    app["settings"]["issuer"] = f"{ent.address}/autre"
    assert "se présente sous un autre nom" in said()
    app["settings"]["issuer"] = "http://ent.example"
    assert said() == "L’adresse http://ent.example/.well-known/openid-configuration n’est pas en https."
    app["settings"]["issuer"] = f"{ent.address}0"
    assert "ne répond pas, ou répond autre chose que prévu : " in said()
    app["client_id"] = "mediacentre"
    assert "CLIENT_ID manque" in said()


def test_the_host_reads_that_what_was_kept_is_gone(page: PageClient, ent: kit.Ent, now: Any) -> None:
    asks(page, ent)
    ent.garbage = {"/.well-known/openid-configuration": b"<html>Maintenance</html>"}
    [said] = inspect(providers()[0], at=now)
    assert said.level == "bad"
    assert said.text.endswith("les précédentes servent encore : une réponse n’est pas du JSON.")
