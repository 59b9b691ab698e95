"""The same lies, to the product as it is deployed; and its log, read afterwards."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from lxml import etree

from preau.accounts.models import Account, OpenSession
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import known
from tests.accounts.providers.test_saml_attacks import LIES, WRAPPED
from tests.live import served

pytestmark = pytest.mark.django_db(transaction=True)
SECRET_WORDS = (gar.IDO, "QUAQUANTE", "6EME A", "saml:Assertion", "SAMLResponse=")


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


def environment(site: str) -> dict[str, str]:
    """The GAR, as a deployment sets it; and a log that says all it can."""
    given = {**gar.app()["settings"], "kind": "saml"}
    settings = {f"PREAU_MEDIACENTRE_{name.upper()}": value for name, value in given.items()}
    return {"PREAU_PROVIDERS": "mediacentre", "PREAU_LOG_LEVEL": "DEBUG", **settings}


def test_the_running_server_lets_lea_in_and_nobody_who_pretends() -> None:
    lea = Account.objects.create(username="lea.martin")
    known(lea)
    with served(more=environment, never=SECRET_WORDS) as site:
        lea_here = Browser(site)
        honest = lea_here.clicks().tree()
        assert lea_here.brings(honest)[:2] == (302, "/arrivee/")
        assert OpenSession.objects.filter(account=lea).count() == 1
        _lies(site, {name: (lambda answer, lie=lie: lie(answer).tree()) for name, lie in LIES.items()})
        _lies(site, {wrap.__name__: (lambda answer, wrap=wrap: wrap(answer.tree())) for wrap in WRAPPED})
        assert Browser(site).brings(honest)[0] == 403, "replayed in another browser"
        assert lea_here.brings(honest)[0] == 403, "replayed in the same"
        bomb = b'<!DOCTYPE x [<!ENTITY a "QUAQUANTE">]>' + etree.tostring(Browser(site).clicks().tree())
        assert Browser(site).brings(bomb)[0] == 400
        _ten_megabytes(site)
        assert OpenSession.objects.filter(account__isnull=False).count() == 1, "nobody else ever got in"


def _lies(site: str, lies: dict[str, Callable[[gar.Answer], Any]]) -> None:
    browser = Browser(site)
    for name, lie in lies.items():
        status, _, page = browser.brings(lie(browser.clicks()))
        assert status in {400, 403}, name
        assert not [word for word in SECRET_WORDS if word in page], name


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
