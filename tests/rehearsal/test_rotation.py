"""The GAR changes its certificate once a year: nobody is left outside, and the old one opens nothing afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from lxml import html

from preau.accounts.models import Account
from preau.rehearsal.mediacentre import GAR, Mediacentre
from tests.mediacentre import pupil
from tests.page import PageClient

LEA = pupil("lea", "Léa", "MARTIN", "6A", uai="0931434D")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def gar(mediacentre: Mediacentre, settings: Any, page: PageClient, db: None) -> Iterator[Mediacentre]:
    """The invented GAR, known by its metadata's address, and knowing ours; Léa's account is linked."""
    app = {"provider_id": GAR, "name": "Médiacentre", "client_id": GAR, "secret": ""}
    app["settings"] = {"metadata": mediacentre.saml_metadata}
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [app]}}
    ours = page.get(f"/mediacentre/{GAR}/metadonnees/").content

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(ours)

        def log_message(self, *said: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mediacentre.knows([LEA])
    mediacentre.say(service=f"http://127.0.0.1:{server.server_port}/")
    lea = Account.objects.create(username="lea.martin")
    SocialAccount.objects.create(user=lea, provider=GAR, uid=LEA.ido)
    yield mediacentre
    server.shutdown()
    mediacentre.say(signs=0, publishes=[0], service="", people=[])
    cache.clear()


def comes_in(gar: Mediacentre, *, at_once: bool = False) -> bool:
    """Léa clicks the tile in a new browser, some hours later or at once; whether Préau lets her in."""
    if not at_once:
        cache.clear()
    page, ent = PageClient(), requests.Session()
    ent.post(f"{gar.address}/entrer", {"personne": LEA.id}, timeout=10)
    asked = page.get(f"/mediacentre/{GAR}/")["Location"]
    form = html.fromstring(ent.get(asked, timeout=10).text).forms[0]
    body = urlencode({"SAMLResponse": form.fields["SAMLResponse"]})
    answer = page.post(f"/mediacentre/{GAR}/acs/", data=body, content_type=FORM)
    if answer.status_code != 303:
        return False
    page.get(urlsplit(answer["Location"]).path)
    return "_auth_user_id" in page.session


def test_both_certificates_open_while_both_are_published_and_one_alone_before_and_after(
    gar: Mediacentre,
) -> None:
    seen = []
    for publishes, signs in (([0], 0), ([0], 1), ([0, 1], 0), ([0, 1], 1), ([1], 1), ([1], 0)):
        gar.say(publishes=publishes, signs=signs)
        seen.append(comes_in(gar))
    assert seen == [True, False, True, True, True, False]


def test_a_new_certificate_that_replaces_the_old_one_at_once_leaves_nobody_outside(gar: Mediacentre) -> None:
    assert comes_in(gar)
    gar.say(publishes=[1], signs=1)
    assert comes_in(gar, at_once=True)  # our copy of the metadata, minutes old, was asked anew
    gar.say(signs=0)
    assert not comes_in(gar, at_once=True)  # the old key opens nothing
    gar.say(publishes=[0])
    assert not comes_in(gar, at_once=True)  # nobody makes us ask twice in a minute
    assert comes_in(gar)
