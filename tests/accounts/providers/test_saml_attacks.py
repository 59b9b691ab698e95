"""Whoever pretends to come from the GAR is refused, without a 500, and nobody is in (sso.md §4)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod

from preau.accounts.models import Account
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import asks, brings, known, signed_in
from tests.accounts.providers.gar import NAMES, Answer
from tests.page import PageClient

EVIL = "ee" * 64  # the attacker's own identity, or the one they want


@pytest.fixture(autouse=True)
def two_people(lea: Account, db: None) -> None:
    """Léa has an identity, and so has the pupil somebody would like to be."""
    known(lea)
    known(Account.objects.create(username="cible"), EVIL)


def refused(page: PageClient, response: Any) -> None:
    assert response.status_code in {400, 403}, response.status_code
    assert "Médiacentre" in response.content.decode(), "the other ways in are offered"
    assert signed_in(page) is None
    assert "identity" not in page.session


LIES: dict[str, Callable[[Answer], Answer]] = {
    "another key → signature": lambda a: a.but(key="somebody"),
    "unsigned → signature": lambda a: a.but(signed=False),
    "SHA-1 signature → algorithm": lambda a: a.but(signature=SignatureMethod.RSA_SHA1),
    "SHA-1 digest → algorithm": lambda a: a.but(digest=DigestAlgorithm.SHA1),
    "HMAC with the certificate → algorithm": lambda a: a.but(signature=SignatureMethod.HMAC_SHA256),
    "another audience → audience": lambda a: a.but(audience="https://autre.example/"),
    "no audience → audience": lambda a: a.but(audience=None),
    "another issuer → issuer": lambda a: a.but(issuer="https://autre.example/idp"),
    "another recipient → recipient": lambda a: a.but(recipient="https://autre.example/acs/"),
    "a recipient that starts alike → recipient": lambda a: a.but(recipient=a.acs + "plus"),
    "no recipient → recipient": lambda a: a.but(recipient=None),
    "another destination → destination": lambda a: a.but(destination="https://autre.example/acs/"),
    "a destination that starts alike → destination": lambda a: a.but(destination=a.acs + "plus"),
    "an empty destination → destination": lambda a: a.but(destination=" "),
    "expired → clock": lambda a: a.but(late=timedelta(hours=1)),
    "from the future → clock": lambda a: a.but(late=-timedelta(hours=1)),
    "the provider says no → provider-said-no": lambda a: a.but(
        status="urn:oasis:names:tc:SAML:2.0:status:Requester"
    ),
    "InResponseTo stripped → state": lambda a: a.but(request_id=""),
    "InResponseTo stripped from the subject → state": lambda a: a.but(subject_request_id=None),
    "InResponseTo grafted → state": lambda a: a.but(request_id="ONELOGIN_0123456789abcdef"),
    "InResponseTo grafted on the response → recipient": lambda a: a.but(
        subject_request_id="ONELOGIN_0123456789abcdef"
    ),
    "IDO missing → no-identifier": lambda a: a.but(attributes={"UAI": ["0931434D"], "PRO": ["National_elv"]}),
    "IDO empty → odd-identifier": lambda a: a.saying(IDO=[""]),
    "IDO doubled → two-identifiers": lambda a: a.saying(IDO=[gar.IDO, EVIL]),
    "IDO twice the same → two-identifiers": lambda a: a.saying(IDO=[gar.IDO, gar.IDO]),
    "a second IDO attribute → two-identifiers": lambda a: a.but(
        extra_attributes='<saml:Attribute Name="IDO"><saml:AttributeValue>'
        f"{EVIL}</saml:AttributeValue></saml:Attribute>"
    ),
    "IDO odd → odd-identifier": lambda a: a.saying(IDO=["léa' OR 1=1"]),
    "IDO with spaces → odd-identifier": lambda a: a.saying(IDO=[f" {gar.IDO} "]),
    "IDO of 192 → odd-identifier": lambda a: a.saying(IDO=["ab" * 96]),
    "IDO in mixed case → odd-identifier": lambda a: a.saying(IDO=[gar.IDO[:40].upper() + gar.IDO[40:]]),
    "a comment in the IDO → comment-inside": lambda a: a.but(
        raw_ido=f"{gar.IDO[:60]}<!-- x -->{gar.IDO[60:]}"
    ),
    "an instruction in the IDO → comment-inside": lambda a: a.but(
        raw_ido=f"{gar.IDO[:60]}<?x y?>{gar.IDO[60:]}"
    ),
    "an element in the IDO → unexpected-shape": lambda a: a.but(raw_ido=f"<x>{gar.IDO}</x>"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_for_what_it_is(
    page: PageClient, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    refused(page, brings(page, LIES[lie](asks(page))))
    said = [line.getMessage() for line in caplog.records if line.name.startswith("preau")]
    assert said == [f"mediacentre: arrivée refusée, {lie.split(' → ')[1]}"]


def test_the_honest_answer_passes_so_that_the_lies_mean_something(page: PageClient, lea: Account) -> None:
    assert brings(page, asks(page)).status_code == 302
    assert signed_in(page) == str(lea.pk)


def test_the_next_certificate_of_the_gar_is_accepted_already(page: PageClient, lea: Account) -> None:
    assert brings(page, asks(page).but(key="gar-next")).status_code == 302
    assert signed_in(page) == str(lea.pk)


def test_another_case_is_another_identity(page: PageClient) -> None:
    brings(page, asks(page).saying(IDO=[gar.IDO.upper()]))
    assert signed_in(page) is None


def test_replayed_in_the_same_browser(page: PageClient) -> None:
    answer = asks(page).tree()
    brings(page, answer)
    page.post("/deconnexion/")
    refused(page, brings(page, answer))


def test_replayed_in_another_browser(page: PageClient) -> None:
    answer = asks(page).tree()
    brings(page, answer)
    other = PageClient()
    refused(other, brings(other, answer))
    asks(other)
    refused(other, brings(other, answer))


def test_an_attacker_cannot_sign_somebody_in_as_themself(page: PageClient) -> None:
    attacker = PageClient()
    answer = asks(attacker).saying(IDO=[EVIL])
    asks(page)
    refused(page, brings(page, answer))


def test_a_request_of_ten_minutes_ago(page: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = asks(page)
    session = page.session
    states = session["socialaccount_states"]
    session["socialaccount_states"] = {
        one: (state, at - 601, slug) for one, (state, at, slug) in states.items()
    }
    session.save()
    refused(page, brings(page, answer))


def test_a_request_made_to_another_provider(page: PageClient) -> None:
    answer = asks(page, "autre")
    refused(page, brings(page, answer))


def test_the_gar_never_starts_by_itself(page: PageClient) -> None:
    refused(page, brings(page, Answer("")))


def test_the_relay_state_leads_nowhere(page: PageClient) -> None:
    answer = brings(page, asks(page))  # the form carries RelayState=https://evil.example/
    assert answer["Location"] == "/arrivee/"


def test_another_host_in_the_request_changes_nothing(page: PageClient, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    answer = asks(page).but(
        acs="http://evil.example/mediacentre/mediacentre/acs/",
        audience="http://evil.example/mediacentre/mediacentre/metadonnees/",
    )
    refused(page, brings(page, answer, HTTP_HOST="evil.example"))
    sent = page.get("/mediacentre/mediacentre/", HTTP_HOST="evil.example")
    assert "evil" not in sent["Location"]
    assert (
        "evil"
        not in page.get("/mediacentre/mediacentre/metadonnees/", HTTP_HOST="evil.example").content.decode()
    )


# ── XML signature wrapping ──────────────────────────────────────────────────


def _evil(tree: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element]:
    """The honest assertion, a forged copy without signature, and the honest signature."""
    honest = tree.find("saml:Assertion", NAMES)
    forged = gar.copy(honest)
    forged.set("ID", "_forged")
    for value in forged.iterfind(".//saml:Attribute[@Name='IDO']/saml:AttributeValue", NAMES):
        value.text = EVIL
    forged.remove(forged.find("ds:Signature", NAMES))
    return honest, forged, honest.find("ds:Signature", NAMES)


Hide = Callable[[etree._Element, etree._Element, etree._Element], None]


def _forged_response(hide: Hide) -> Callable[[etree._Element], etree._Element]:
    """A forged response with the honest signature; `hide` says where the honest response goes."""

    def wrap(tree: etree._Element) -> etree._Element:
        kept = gar.copy(tree)
        honest, forged, signature = _evil(tree)
        tree.replace(honest, forged)
        tree.set("ID", "_forged-response")
        tree.insert(1, signature)
        hide(tree, signature, kept)
        return tree

    return wrap


def _forged_assertion(hide: Hide) -> Callable[[etree._Element], etree._Element]:
    """A forged assertion with the honest signature; `hide` says where the honest assertion goes."""

    def wrap(tree: etree._Element) -> etree._Element:
        honest, forged, signature = _evil(tree)
        kept = gar.copy(honest)
        kept.remove(kept.find("ds:Signature", NAMES))
        tree.replace(honest, forged)
        forged.insert(1, signature)
        hide(forged, signature, kept)
        return tree

    return wrap


def _beside(
    hide: Callable[[etree._Element, etree._Element], None],
) -> Callable[[etree._Element], etree._Element]:
    """A forged assertion without signature, somewhere near the honest one."""

    def wrap(tree: etree._Element) -> etree._Element:
        honest, forged, _ = _evil(tree)
        hide(honest, forged)
        return tree

    return wrap


def _in_extensions(near: etree._Element, hidden: etree._Element) -> None:
    extensions = etree.Element(f"{{{NAMES['samlp']}}}Extensions")
    near.addprevious(extensions)
    extensions.append(hidden)


def _around(honest: etree._Element, forged: etree._Element) -> None:
    honest.addprevious(forged)
    forged.append(honest)


def _in_object(forged: etree._Element, signature: etree._Element, kept: etree._Element) -> None:
    etree.SubElement(signature, f"{{{NAMES['ds']}}}Object").append(kept)


def _same_id(forged: etree._Element, signature: etree._Element, kept: etree._Element) -> None:
    """Two elements with one ID: the signature is checked on one, the words read in the other."""
    forged.set("ID", kept.get("ID"))
    _in_extensions(forged, kept)


def changed(tree: etree._Element) -> etree._Element:
    for value in tree.iterfind(".//saml:Attribute[@Name='IDO']/saml:AttributeValue", NAMES):
        value.text = EVIL
    return tree


def two_assertions(tree: etree._Element) -> etree._Element:
    tree.append(gar.copy(tree.find("saml:Assertion", NAMES)))
    return tree


WRAPPED: dict[str, Callable[[etree._Element], etree._Element]] = {
    "XSW1": _forged_response(lambda tree, signature, kept: signature.append(kept)),
    "XSW2": _forged_response(lambda tree, signature, kept: tree.insert(1, kept)),
    "XSW3": _beside(lambda honest, forged: honest.addprevious(forged)),
    "XSW4": _beside(_around),
    "XSW5": _forged_assertion(lambda forged, signature, kept: forged.addnext(kept)),
    "XSW6": _forged_assertion(lambda forged, signature, kept: signature.append(kept)),
    "XSW7": _beside(_in_extensions),
    "XSW8": _forged_assertion(_in_object),
    "one ID twice": _forged_assertion(_same_id),
    "a word changed": changed,
    "two assertions": two_assertions,
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_a_signature_wrapped_around_something_else(page: PageClient, wrap: str) -> None:
    refused(page, brings(page, WRAPPED[wrap](asks(page).tree())))


# ── What is not even a response ─────────────────────────────────────────────


def test_a_document_type_and_entities(page: PageClient) -> None:
    document = etree.tostring(asks(page).tree())
    bomb = b'<!DOCTYPE x [<!ENTITY a "' + gar.IDO.encode() + b'"><!ENTITY b "&a;&a;&a;&a;">]>'
    refused(page, brings(page, bomb + document))
    refused(page, brings(page, b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + document))
    wide = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    refused(page, brings(page, wide.encode("utf-16")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"SAMLResponse=",
        b"SAMLResponse=%00%ff%fe",
        b"SAMLResponse=PHg%2BPC94Pg%3D%3D",
        b"SAMLResponse=" + base64.b64encode(b"\xff\xfe\x00"),
        b"SAMLResponse=a&SAMLResponse=b",
        b"SAMLResponse=" + base64.b64encode(b"<a>" * 50_000),
        b"x=1&" * 3000,
    ],
)
def test_nonsense_is_a_clean_400(page: PageClient, body: bytes) -> None:
    response = page.post("/mediacentre/mediacentre/acs/", body, content_type=gar.FORM)
    assert response.status_code == 400


def test_a_body_of_ten_megabytes_is_not_read(page: PageClient) -> None:
    response = page.post("/mediacentre/mediacentre/acs/", b"S" * 10_000_000, content_type=gar.FORM)
    refused(page, response)
    assert response.status_code == 400


def test_only_a_form_by_post(page: PageClient) -> None:
    assert page.get("/mediacentre/mediacentre/acs/?SAMLResponse=x").status_code == 405
    posted = page.post(
        "/mediacentre/mediacentre/acs/", '{"SAMLResponse": "x"}', content_type="application/json"
    )
    assert posted.status_code == 400
    multipart = page.post("/mediacentre/mediacentre/acs/", {"SAMLResponse": "x"})
    assert multipart.status_code == 400


def test_nobody_else_s_pages_of_allauth_are_open(page: PageClient) -> None:
    for path in ("sls/", "login/", "connexion/"):
        assert page.get(f"/mediacentre/mediacentre/{path}").status_code == 404
    for path in ("/accounts/", "/accounts/social/connections/", "/social/signup/", "/mediacentre/inconnu/"):
        assert page.get(path).status_code == 404


def test_an_unsigned_logout_request_ends_nobody_s_session(page: PageClient, lea: Account) -> None:
    brings(page, asks(page))
    logout = f'<samlp:LogoutRequest xmlns:samlp="{NAMES["samlp"]}" ID="_x" Version="2.0"/>'
    sent = base64.b64encode(logout.encode()).decode()
    for path in ("acs/", "retour/", "sls/", ""):
        page.post(f"/mediacentre/mediacentre/{path}", {"SAMLRequest": sent})
        page.get(f"/mediacentre/mediacentre/{path}", {"SAMLRequest": sent})
    assert signed_in(page) == str(lea.pk)
