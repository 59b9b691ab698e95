"""The invented Médiacentre speaks as real ones do: the journeys and the security tests lean on it."""

from __future__ import annotations

import base64
import re
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lxml import etree, html
from signxml import XMLVerifier

from preau.rehearsal import mediacentre as module
from preau.rehearsal.mediacentre import Mediacentre, NoMediacentre, ready, running
from tests.mediacentre import pupil

SERVICE = "http://127.0.0.1:9/saml/metadata"
ACS = "http://127.0.0.1:9/saml/acs"
METADATA = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{SERVICE}"><SPSSODescriptor
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService index="0"
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{ACS}"/></SPSSODescriptor></EntityDescriptor>"""
ASKED = f"""<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_asked"
 Version="2.0" IssueInstant="2026-09-01T08:00:00Z"><saml:Issuer
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{SERVICE}</saml:Issuer>
</samlp:AuthnRequest>"""
NAMES = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion", "samlp": "urn:oasis:names:tc:SAML:2.0:protocol"}
LEA = pupil("lea", "Léa", "MARTIN", "6A", uai="0931434D")


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Somebody who has SAML metadata; returns where they are."""

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(METADATA.encode())

        def log_message(self, *said: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def ent(mediacentre: Mediacentre, service: str) -> Iterator[Mediacentre]:
    mediacentre.knows([LEA])
    mediacentre.say(service=service)
    yield mediacentre
    mediacentre.say(service="", down=False, late=0, signs=0, publishes=[0], granted=["PRE", "NOM", "DIV"])


def lea_in(ent: Mediacentre) -> requests.Session:
    """Léa's browser, signed in to the ENT."""
    browser = requests.Session()
    assert "Médiacentre" in browser.post(f"{ent.address}/entrer", {"personne": "lea"}, timeout=10).text
    return browser


def saml_answer(ent: Mediacentre) -> bytes:
    packed = zlib.compress(ASKED.encode())[2:-4]
    asked = {"SAMLRequest": base64.b64encode(packed).decode(), "RelayState": "xyz"}
    form = html.fromstring(lea_in(ent).get(f"{ent.address}/gar/sso", params=asked, timeout=10).text).forms[0]
    assert (form.action, form.fields["RelayState"]) == (ACS, "xyz")
    return base64.b64decode(form.fields["SAMLResponse"])


def certificates(ent: Mediacentre) -> list[str]:
    found = re.findall(r"X509Certificate>([^<]+)<", requests.get(ent.saml_metadata, timeout=10).text)
    return [f"-----BEGIN CERTIFICATE-----\n{one}\n-----END CERTIFICATE-----" for one in found]


def test_the_gar_signs_an_assertion_that_is_for_us_and_says_who(ent: Mediacentre) -> None:
    answer = saml_answer(ent)
    signed = XMLVerifier().verify(
        etree.fromstring(answer).find("saml:Assertion", NAMES), x509_cert=certificates(ent)[0]
    )
    said = signed.signed_xml
    assert said.findtext(".//saml:Audience", namespaces=NAMES) == SERVICE
    confirmed = said.find(".//saml:SubjectConfirmationData", NAMES)
    assert (confirmed.get("Recipient"), confirmed.get("InResponseTo")) == (ACS, "_asked")
    attributes = {
        one.get("Name"): [value.text for value in one.iterfind("saml:AttributeValue", NAMES)]
        for one in said.iterfind(".//saml:Attribute", NAMES)
    }
    assert attributes["IDO"] == [LEA.ido]
    assert (attributes["UAI"], attributes["PRO"]) == (["0931434D"], ["National_elv"])
    assert (attributes["PRE"], attributes["DIV"]) == (["Léa"], ["6A##6A"])


def test_names_are_said_only_when_the_school_grants_them(ent: Mediacentre) -> None:
    ent.say(granted=[])
    answer = saml_answer(ent).decode()
    assert "National_elv" in answer
    assert "MARTIN" not in answer


def test_around_a_rotation_two_certificates_are_published_and_the_second_signs(ent: Mediacentre) -> None:
    before = certificates(ent)
    ent.say(publishes=[0, 1], signs=1)
    both = certificates(ent)
    assert (len(both), both[0]) == (2, before[0])
    assertion = etree.fromstring(saml_answer(ent)).find("saml:Assertion", NAMES)
    XMLVerifier().verify(assertion, x509_cert=both[1])


def test_the_openid_provider_lets_lea_in_without_a_question(ent: Mediacentre) -> None:
    back = "http://127.0.0.1:9/retour"
    ent.say(client={"id": "preau", "secret": ent.client_secret, "redirects": [back]})
    found = requests.get(f"{ent.openid_issuer}/.well-known/openid-configuration", timeout=10).json()
    asked = {
        "client_id": "preau",
        "response_type": "code",
        "scope": "openid scope.gar",
        "redirect_uri": back,
        "state": "s",
        "nonce": "n",
        "idRessource": "ark:/0/preau",
    }
    browser, address, hops = lea_in(ent), requests.Request("GET", found["authorization_endpoint"]), 0
    address.params = asked
    where = address.prepare().url
    while where and not where.startswith(back) and hops < 8:
        where, hops = browser.get(where, allow_redirects=False, timeout=10).headers["Location"], hops + 1
        where = ent.address + where if where.startswith("/") else where
    code = parse_qs(urlsplit(where).query)["code"][0]
    tokens = requests.post(
        found["token_endpoint"],
        {"grant_type": "authorization_code", "code": code, "redirect_uri": back},
        auth=("preau", ent.client_secret),
        timeout=10,
    ).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    said = requests.get(found["userinfo_endpoint"], headers=bearer, timeout=10).json()
    assert (said["IDO"], said["UAI"], said["PRO"]) == (LEA.ido, ["0931434D"], "National_elv")


def test_the_ent_answers_by_cas(ent: Mediacentre) -> None:
    browser, service = requests.Session(), "http://127.0.0.1:9/cas/retour"
    form = html.fromstring(browser.get(f"{ent.cas}/login?service={service}", timeout=10).text).forms[0]
    form.fields["username"] = "lea"
    sent = browser.post(
        f"{ent.cas}/login?service={service}", dict(form.fields), allow_redirects=False, timeout=10
    )
    ticket = parse_qs(urlsplit(sent.headers["Location"]).query)["ticket"][0]
    said = requests.get(f"{ent.cas}/p3/serviceValidate?service={service}&ticket={ticket}", timeout=10).text
    assert LEA.ido in said
    again = requests.get(f"{ent.cas}/p3/serviceValidate?service={service}&ticket={ticket}", timeout=10).text
    assert "INVALID_TICKET" in again


def test_a_provider_that_is_down_does_not_answer_and_one_that_is_late_does(ent: Mediacentre) -> None:
    ent.say(down=True)
    with pytest.raises(requests.ConnectionError):
        requests.get(ent.saml_metadata, timeout=10)
    ent.say(down=False, late=300)
    with pytest.raises(requests.ReadTimeout):
        requests.get(ent.saml_metadata, timeout=0.1)
    assert requests.get(ent.saml_metadata, timeout=10).ok


def test_a_setting_that_means_nothing_is_refused(ent: Mediacentre) -> None:
    with pytest.raises(OSError, match="500"):
        ent.say(dwon=True)


def test_it_stops_with_whoever_started_it() -> None:
    with running(cas=False) as one:
        assert requests.get(f"{one.address}/sante", timeout=10).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{one.address}/sante", timeout=10)


def test_without_node_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoMediacentre, match="Node"):
        ready()


def test_without_a_registry_one_sentence_says_what_did_not_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, does in (("node", "echo v20.1.0"), ("npm", "exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(NoMediacentre, match="npm ci"):
        ready()


def test_an_installed_package_says_that_the_sources_have_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "FOLDER", tmp_path / "mediacentre")
    with pytest.raises(NoMediacentre, match="sources"):
        ready()
