"""The same lies, to the product as it is deployed; and its log, read afterwards."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.serializers import serialize
from lxml import etree

from preau.accounts.models import Account, OpenSession
from tests.accounts.providers import ent as kit
from tests.accounts.providers import gar
from tests.accounts.providers.test_cas import logout_of
from tests.accounts.providers.test_oidc import FORGED
from tests.accounts.providers.test_saml_attacks import LIES, WRAPPED
from tests.live import served

pytestmark = pytest.mark.django_db(transaction=True)
PERSONAL = (gar.IDO, "QUAQUANTE", "quaquante", "Zénobie", "6EME A", "saml:Assertion", "SAMLResponse=")
SPENT = (
    "ST-secret",
    "c-secret",
    "code=",
    "ticket=",
    kit.SECRET,
    "un+secret",
)  # a ticket still ends a session


class Browser:
    """A browser that keeps cookies and follows nothing by itself."""

    def __init__(self, site: str) -> None:
        self.site = site

        class Stay(HTTPRedirectHandler):
            def redirect_request(self, *args: Any) -> None:
                return None

        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), Stay())

    def ask(self, path: str, body: str | None = None, **headers: str) -> tuple[int, str, str]:
        data = body.encode() if body is not None else None
        request = Request(self.site + path, data, headers)
        try:
            answer = self.opener.open(request, timeout=20)
        except HTTPError as no:
            answer = no
        with answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    def clicks(self) -> gar.Answer:
        status, location, _ = self.ask("/mediacentre/mediacentre/")
        assert status == 302
        place = f"{self.site}/mediacentre/mediacentre"
        answer = gar.Answer(gar.request_id_of(location)).but(
            acs=f"{place}/acs/", audience=f"{place}/metadonnees/"
        )
        return answer.saying(NOM=["QUAQUANTE"])

    def brings(self, tree: etree._Element | bytes) -> tuple[int, str, str]:
        status, location, page = self.ask("/mediacentre/mediacentre/acs/", gar.urlencoded(tree))
        return self.ask(location) if status == 303 else (status, location, page)


def environment(ent: kit.Ent) -> Callable[[str], dict[str, str]]:
    """The GAR by SAML, an ENT by OpenID Connect, one by CAS, as a deployment sets them; a log that says all it can."""
    given = {
        "mediacentre": {**gar.app()["settings"], "kind": "saml"},
        "openid": {
            "kind": "oidc",
            "issuer": ent.address,
            "client_id": kit.CLIENT,
            "secret": kit.SECRET,
            "resource": "x",
        },
        "cas": {"kind": "cas", "server": f"{ent.address}/cas"},
    }
    settings = {
        f"PREAU_{slug.upper()}_{name.upper()}": value
        for slug, one in given.items()
        for name, value in one.items()
    }
    return lambda site: {"PREAU_PROVIDERS": ",".join(given), "PREAU_LOG_LEVEL": "DEBUG", **settings}


@pytest.fixture
def ent() -> Iterator[kit.Ent]:
    with kit.served() as one:
        one.userinfo |= {"NOM": "QUAQUANTE", "PRE": "Zénobie", "DIV": "6EME A"}
        one.user = "uid-quaquante.42"
        one.success = "<cas:attributes><cas:sn>QUAQUANTE</cas:sn></cas:attributes>"
        yield one


def test_the_running_server_lets_lea_in_and_nobody_who_pretends(ent: kit.Ent) -> None:
    lea = Account.objects.create(username="lea.martin")
    for slug, uid in (("mediacentre", gar.IDO), ("openid", gar.IDO), ("cas", ent.user)):
        SocialAccount.objects.create(user=lea, provider=slug, uid=uid)
    with served(more=environment(ent), never=(*PERSONAL, *SPENT)) as site:
        _saml(site, lea)
        _openid(site, ent, lea)
        _cas(site, ent, lea)
        _down(site, ent)
    kept = [said for model in apps.get_models() for said in _rows(model)]
    assert len(kept) > 10
    assert not [word for word in ("QUAQUANTE", "nobie", "6EME A", "ST-") for said in kept if word in said]


def _rows(model: Any) -> Iterator[str]:
    for row in model.objects.all():
        yield serialize("json", [row]) + str(row.get_decoded() if hasattr(row, "get_decoded") else "")


def _in(lea: Account) -> int:
    return OpenSession.objects.filter(account=lea).count()


def _saml(site: str, lea: Account) -> None:
    lea_here = Browser(site)
    honest = lea_here.clicks().tree()
    assert lea_here.brings(honest)[:2] == (302, "/arrivee/")
    assert _in(lea) == 1
    _lies(site, {name: (lambda answer, lie=lie: lie(answer).tree()) for name, lie in LIES.items()})
    _lies(site, {name: (lambda answer, wrap=wrap: wrap(answer.tree())) for name, wrap in WRAPPED.items()})
    assert Browser(site).brings(honest)[0] == 403, "replayed in another browser"
    assert lea_here.brings(honest)[0] == 403, "replayed in the same"
    bomb = b'<!DOCTYPE x [<!ENTITY a "QUAQUANTE">]>' + etree.tostring(Browser(site).clicks().tree())
    assert Browser(site).brings(bomb)[0] == 400
    _ten_megabytes(site)
    _nobody_else(lea, 1)


def _openid(site: str, ent: kit.Ent, lea: Account) -> None:
    def arrives(browser: Browser) -> tuple[int, str, str]:
        asked = parse_qs(urlsplit(browser.ask("/mediacentre/openid/")[1]).query)
        ent.nonce = ent.nonce or asked["nonce"][0]
        query = urlencode({"code": "c-secret", "state": asked["state"][0]})
        return browser.ask(f"/mediacentre/openid/retour/?{query}")

    here = Browser(site)
    assert arrives(here)[:2] == (302, "/arrivee/")
    honest = dict(ent.__dict__)
    for name, lie in FORGED.items():
        ent.__dict__.update({**honest, "nonce": "", **lie})
        status, _, page = arrives(Browser(site))
        assert status == 403, name
        assert not [word for word in PERSONAL if word in page], name
    ent.__dict__.update({**honest, "nonce": ""})
    _nobody_else(lea, 2)


def _cas(site: str, ent: kit.Ent, lea: Account) -> None:
    def asked(browser: Browser, ticket: str) -> str:
        service = parse_qs(urlsplit(browser.ask("/mediacentre/cas/")[1]).query)["service"][0]
        ent.tickets[ticket] = service
        return f"{service.removeprefix(site)}&ticket={ticket}"

    here = Browser(site)
    back = asked(here, "ST-secret")
    assert here.ask(back)[:2] == (302, "/arrivee/")
    assert here.ask(back)[0] == 403, "replayed"
    assert Browser(site).ask(asked(Browser(site), "ST-other"))[0] == 403, "in another browser"
    for ticket in ("PT-secret", "ST-" + "x" * 300):
        browser = Browser(site)
        assert browser.ask(asked(browser, ticket))[0] == 403
    ent.success = "<cas:proxies><cas:proxy>https://proxy.example/</cas:proxy></cas:proxies>"
    browser = Browser(site)
    assert browser.ask(asked(browser, "ST-proxied"))[0] == 403
    ent.success = ""
    _nobody_else(lea, 3)
    for ticket, left in (("ST-unknown", 3), ("ST-secret", 2)):
        body = urlencode({"logoutRequest": logout_of(ticket)})
        assert Browser(site).ask("/mediacentre/cas/retour/", body)[0] == 204
        _nobody_else(lea, left)


def _down(site: str, ent: kit.Ent) -> None:
    browser = Browser(site)
    service = parse_qs(urlsplit(browser.ask("/mediacentre/cas/")[1]).query)["service"][0]
    ent.down = True
    status, _, page = browser.ask(f"{service.removeprefix(site)}&ticket=ST-secret")
    ent.down = False
    assert status == 503
    assert "ne répond pas" in page
    assert "J’ai une carte" in page


def _nobody_else(lea: Account, times: int) -> None:
    assert _in(lea) == times
    assert OpenSession.objects.filter(account__isnull=False).count() == times, "nobody else ever got in"


def _lies(site: str, lies: dict[str, Callable[[gar.Answer], Any]]) -> None:
    browser = Browser(site)
    for name, lie in lies.items():
        status, _, page = browser.brings(lie(browser.clicks()))
        assert status in {400, 403}, name
        assert not [word for word in PERSONAL if word in page], name


def _ten_megabytes(site: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    body = b"SAMLResponse=" + b"Q" * 10_000_000
    try:
        connection.request("POST", "/mediacentre/mediacentre/acs/", body, {"Content-Type": gar.FORM})
        assert connection.getresponse().status == 400
    except (BrokenPipeError, ConnectionResetError):
        pass  # it hung up before the end: nothing was read
    finally:
        connection.close()
