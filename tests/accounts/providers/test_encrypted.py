"""A GAR that encrypts what it says: by another library than ours, around a change of keys, and by whoever pretends."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialApp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree, html
from signxml import XMLSigner

from preau.accounts.models import Account
from preau.accounts.providers.inspection import inspect
from preau.accounts.providers.saml import SamlProvider
from preau.rehearsal.mediacentre import Mediacentre
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings, known, signed_in
from tests.mediacentre import pupil
from tests.page import PageClient

XENC, XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
LEA = pupil("lea", "Léa", "MARTIN", "6A", uai="0931434D", ido=gar.IDO)


def sets(settings: Any, **more: str) -> None:
    """This GAR, as the environment gives it."""
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app(encryption="accepted", **more)]}}


def sealed(
    tree: etree._Element,
    who: str = "preau",
    *,
    content: str = f"{XENC11}aes256-gcm",
    key: str = f"{XENC}rsa-oaep-mgf1p",
    inside: bytes | None = None,
) -> etree._Element:
    """The same response, its assertion encrypted for this pair, by hand."""
    assertion = tree.find("saml:Assertion", gar.NAMES)
    secret, start = os.urandom(32), os.urandom(12)
    hidden = start + AESGCM(secret).encrypt(start, inside or etree.tostring(assertion), None)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    wrapped = gar.pair(who).key.public_key().encrypt(secret, oaep)
    text = lambda data: base64.b64encode(data).decode()  # noqa: E731
    made = etree.fromstring(
        f'<saml:EncryptedAssertion xmlns:saml="{gar.NAMES["saml"]}" xmlns:x="{XENC}" xmlns:ds="{gar.NAMES["ds"]}">'
        f'<x:EncryptedData Type="{XENC}Element"><x:EncryptionMethod Algorithm="{content}"/><ds:KeyInfo><x:EncryptedKey>'
        f'<x:EncryptionMethod Algorithm="{key}"/><x:CipherData><x:CipherValue>{text(wrapped)}</x:CipherValue>'
        f"</x:CipherData></x:EncryptedKey></ds:KeyInfo><x:CipherData><x:CipherValue>{text(hidden)}</x:CipherValue>"
        "</x:CipherData></x:EncryptedData></saml:EncryptedAssertion>"
    )
    tree.replace(assertion, made)
    return tree


@pytest.mark.parametrize("who", ["preau", "preau-next", "preau-old"])
def test_lea_is_in_whichever_of_our_keys_it_was_sealed_for(
    page: PageClient, lea: Account, settings: Any, who: str
) -> None:
    known(lea)
    coming = gar.pair("preau-next")
    sets(
        settings,
        next_certificate=coming.certificate_pem,
        next_key=coming.key_pem,
        old_key=gar.pair("preau-old").key_pem,
    )
    assert brings(page, sealed(asks(page).tree(), who)).status_code == 302
    assert signed_in(page) == str(lea.pk)
    assert brings(PageClient(), gar.Answer("_x")).status_code == 403


def test_a_signature_around_what_is_sealed_is_checked_too(
    page: PageClient, lea: Account, settings: Any
) -> None:
    known(lea)
    sets(settings)
    tree = sealed(asks(page).tree())
    keys = gar.pair("gar")
    signed = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#").sign(
        tree, key=keys.key, cert=keys.certificate_pem, reference_uri=f"#{tree.get('ID')}", id_attribute="ID"
    )
    signed.insert(1, signed.find("ds:Signature", gar.NAMES))
    broken = gar.copy(signed)
    broken.set("IssueInstant", "2020-01-01T00:00:00Z")
    assert brings(page, broken).status_code == 403
    assert brings(page, signed).status_code == 302
    assert signed_in(page) == str(lea.pk)


def _first(tree: etree._Element, name: str) -> etree._Element:
    return next(tree.iter(f"{{{XENC}}}{name}"))


def _elsewhere(tree: etree._Element) -> etree._Element:
    data = _first(tree, "EncryptedData").find(f"{{{XENC}}}CipherData")
    data.remove(data[0])
    etree.SubElement(data, f"{{{XENC}}}CipherReference", URI="file:///etc/passwd")
    return tree


def _retrieved(tree: etree._Element) -> etree._Element:
    info = next(tree.iter(f"{{{gar.NAMES['ds']}}}KeyInfo"))
    etree.SubElement(
        info, f"{{{gar.NAMES['ds']}}}RetrievalMethod", URI="http://127.0.0.1/", Type=f"{XENC}EncryptedKey"
    )
    return tree


def _two(tree: etree._Element) -> etree._Element:
    tree.append(gar.copy(tree.find("saml:EncryptedAssertion", gar.NAMES)))
    return tree


def _beside(tree: etree._Element) -> etree._Element:
    """A forged assertion in clear, next to a genuine one that is sealed."""
    forged = gar.Answer("_x", key="somebody").tree().find("saml:Assertion", gar.NAMES)
    tree.append(forged)
    return tree


def _flipped(tree: etree._Element) -> etree._Element:
    value = list(tree.iter(f"{{{XENC}}}CipherValue"))[-1]
    raw = bytearray(base64.b64decode(value.text))
    raw[40] ^= 1
    value.text = base64.b64encode(raw).decode()
    return tree


def _comment(answer: gar.Answer) -> etree._Element:
    tree = answer.but(raw_ido=f"{gar.IDO[:60]}<!-- x -->{gar.IDO[60:]}").tree()
    return sealed(tree)


SEALED: dict[str, Callable[[gar.Answer], etree._Element]] = {
    "for somebody else → unopened": lambda a: sealed(a.tree(), "somebody"),
    "altered on the way → unopened": lambda a: _flipped(sealed(a.tree())),
    "AES-CBC → algorithm": lambda a: sealed(a.tree(), content=f"{XENC}aes256-cbc"),
    "RSA 1.5 → algorithm": lambda a: sealed(a.tree(), key=f"{XENC}rsa-1_5"),
    "signed by another key → signature": lambda a: sealed(a.but(key="somebody").tree()),
    "not signed inside → signature": lambda a: sealed(a.but(signed=False).tree()),
    "for another audience → audience": lambda a: sealed(a.but(audience="https://autre.example/").tree()),
    "a comment inside → comment-inside": _comment,
    "nothing inside → unopened": lambda a: sealed(a.tree(), inside=b" "),
    "not XML inside → unopened": lambda a: sealed(a.tree(), inside=b"<a"),
    "an entity inside → unopened": lambda a: sealed(a.tree(), inside=b"<a>&b;</a>"),
    "something else inside → unexpected-shape": lambda a: sealed(a.tree(), inside=b"<a/>"),
    "content that is elsewhere → unexpected-shape": lambda a: _elsewhere(sealed(a.tree())),
    "a key that is elsewhere → unexpected-shape": lambda a: _retrieved(sealed(a.tree())),
    "two of them → unexpected-shape": lambda a: _two(sealed(a.tree())),
    "one in clear beside it → unexpected-shape": lambda a: _beside(sealed(a.tree())),
}


@pytest.mark.parametrize("lie", SEALED)
def test_a_sealed_lie_is_refused_for_what_it_is(
    page: PageClient, lea: Account, settings: Any, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    known(lea)
    sets(settings)
    answer = brings(page, SEALED[lie](asks(page)))
    assert answer.status_code in {400, 403}
    assert signed_in(page) is None
    said = [line.getMessage() for line in caplog.records if line.name.startswith("preau")]
    assert said == [f"mediacentre: arrivée refusée, {lie.split(' → ')[1]}"]


@pytest.mark.parametrize(
    ("encryption", "seals", "reason"),
    [("", True, "encrypted"), ("required", False, "in-clear"), ("required", True, "")],
)
def test_what_is_set_is_what_is_taken(
    page: PageClient,
    lea: Account,
    settings: Any,
    now: Any,
    caplog: pytest.LogCaptureFixture,
    encryption: str,
    seals: bool,
    reason: str,
) -> None:
    known(lea)
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app(encryption=encryption)]}}
    tree = asks(page).tree()
    assert brings(page, sealed(tree) if seals else tree).status_code == (403 if reason else 302)
    assert [
        line.getMessage().rpartition(", ")[2] for line in caplog.records if line.name.startswith("preau")
    ] == ([reason] if reason else [])
    provider = SamlProvider(None, app=SocialApp(provider="saml", **gar.app(encryption=encryption)))
    said = " ".join(one.text for one in inspect(provider, at=now, online=False))
    assert ("chiffre" in said) is bool(reason)


def test_our_metadata_publish_a_key_to_seal_for_only_when_it_is_set(
    page: PageClient, db: None, settings: Any
) -> None:
    def uses() -> list[tuple[str, int]]:
        tree = etree.fromstring(page.get("/mediacentre/mediacentre/metadonnees/").content)
        keys = tree.iter("{urn:oasis:names:tc:SAML:2.0:metadata}KeyDescriptor")
        return [(one.get("use"), len(list(one.iter("{*}EncryptionMethod")))) for one in keys]

    assert uses() == [("signing", 0)]
    coming = gar.pair("preau-next")
    sets(settings, next_certificate=coming.certificate_pem, next_key=coming.key_pem)
    assert sorted(uses()) == [("encryption", 5)] * 2 + [("signing", 0)] * 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"encryption": "oui"}, "ENCRYPTION vaut off, accepted ou required"),
        ({"key": "", "certificate": ""}, "ENCRYPTION demande KEY"),
        ({"next_certificate": gar.pair("preau-next").certificate_pem}, "sans NEXT_KEY"),
        (
            {
                "next_certificate": gar.pair("preau-next").certificate_pem,
                "next_key": gar.pair("somebody").key_pem,
            },
            "NEXT_KEY et NEXT_CERTIFICATE ne vont pas ensemble",
        ),
        (
            {"next_certificate": gar.pair("soon", days=9).certificate_pem},
            "Notre prochain certificat expire dans 9 jours",
        ),
    ],
)
def test_the_host_reads_what_is_wrong(now: Any, more: dict[str, str], words: str) -> None:
    app = gar.app(**{"encryption": "accepted", **more})
    said = " ".join(
        one.text
        for one in inspect(SamlProvider(None, app=SocialApp(provider="saml", **app)), at=now, online=False)
    )
    assert words in said


def test_an_independent_provider_reads_our_metadata_and_seals(
    page: PageClient, lea: Account, settings: Any, mediacentre: Mediacentre
) -> None:
    known(lea)
    sets(settings, metadata=mediacentre.saml_metadata)
    ours = page.get("/mediacentre/mediacentre/metadonnees/").content

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(ours)

        def log_message(self, *said: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        mediacentre.knows([LEA])
        mediacentre.say(service=f"http://127.0.0.1:{server.server_port}/")
        browser = requests.Session()
        browser.post(f"{mediacentre.address}/entrer", {"personne": "lea"}, timeout=10)
        there = page.get("/mediacentre/mediacentre/")["Location"]
        form = html.fromstring(browser.get(there, timeout=10).text).forms[0]
    finally:
        server.shutdown()
        server.server_close()
        mediacentre.say(service="")
    document = base64.b64decode(form.fields["SAMLResponse"])
    assert b"EncryptedAssertion" in document
    assert gar.IDO.encode() not in document
    assert urlsplit(form.action).path == "/mediacentre/mediacentre/acs/"
    assert brings(page, document).status_code == 302
    assert signed_in(page) == str(lea.pk)
