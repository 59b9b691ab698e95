"""An invented GAR, made with signxml: responses by somebody else than the libraries under test."""

from __future__ import annotations

import base64
import uuid
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape
from zlib import decompress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureMethod, XMLSigner

SITE = "http://localhost:8000"
ISSUER = "https://gar.example/idp"
SSO = "https://gar.example/sso"
IDO = "7f3a" * 32
NAMES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@dataclass(frozen=True)
class Pair:
    """A private key and its certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def certificate_text(self) -> str:
        return "".join(self.certificate_pem.splitlines()[1:-1])


@cache
def pair(name: str, days: int = 365) -> Pair:
    """One key per name, made once per session."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Pair(key, certificate)


def metadata(*certificates: str, entity_id: str = ISSUER, sso: str = SSO) -> str:
    """The metadata of this GAR."""
    keys = "".join(
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate>'
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for text in certificates
    )
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="{NAMES["ds"]}"'
        f' entityID="{entity_id}"><md:IDPSSODescriptor protocolSupportEnumeration="{NAMES["samlp"]}">{keys}'
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        f' Location="{sso}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def app(slug: str = "mediacentre", **more: str) -> dict[str, Any]:
    """The settings of this GAR, as the environment gives them."""
    ours = pair("preau")
    settings = {
        "metadata": metadata(pair("gar").certificate_text, pair("gar-next").certificate_text),
        "key": ours.key_pem,
        "certificate": ours.certificate_pem,
        "home": "https://ent.example/",
        **more,
    }
    return {"provider_id": slug, "name": "Médiacentre", "client_id": slug, "settings": settings}


@dataclass(frozen=True)
class Answer:
    """What the GAR says; change a field to make a lie."""

    request_id: str
    acs: str = f"{SITE}/mediacentre/mediacentre/acs/"
    audience: str | None = f"{SITE}/mediacentre/mediacentre/metadonnees/"
    issuer: str = ISSUER
    recipient: str | None = ""  # "" = the ACS
    destination: str | None = ""
    subject_request_id: str | None = ""
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    attributes: dict[str, list[str]] = field(
        default_factory=lambda: {
            "IDO": [IDO],
            "UAI": ["0931434D"],
            "PRO": ["National_elv"],
            "PRE": ["Léa"],
            "NOM": ["MARTIN"],
            "DIV": ["6A##6EME A"],
        }
    )
    raw_ido: str | None = None  # XML instead of the IDO's text
    extra_attributes: str = ""
    late: timedelta = timedelta()
    key: str = "gar"
    signature: SignatureMethod = SignatureMethod.RSA_SHA256
    digest: DigestAlgorithm = DigestAlgorithm.SHA256
    signed: bool = True

    def but(self, **changes: Any) -> Answer:
        return replace(self, **changes)

    def saying(self, **attributes: list[str]) -> Answer:
        return replace(self, attributes={**self.attributes, **attributes})

    def tree(self) -> etree._Element:
        """The response, its assertion signed."""
        root = etree.fromstring(self._xml())
        if not self.signed:
            return root
        assertion = root.find("saml:Assertion", NAMES)
        return self._sign(root, assertion)

    def _sign(self, root: etree._Element, assertion: etree._Element) -> etree._Element:
        # Where the schema wants the signature: after the issuer.
        ds = {"ds": NAMES["ds"]}
        place = etree.SubElement(assertion, f"{{{NAMES['ds']}}}Signature", nsmap=ds, Id="placeholder")
        assertion.insert(1, place)
        keys = pair(self.key)
        signer = _Signer(
            signature_algorithm=self.signature,
            digest_algorithm=self.digest,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        alone = etree.fromstring(etree.tostring(assertion))
        key = keys.certificate_pem.encode() if self.signature.name.startswith("HMAC") else keys.key
        certificate = None if self.signature.name.startswith("HMAC") else keys.certificate_pem
        signed = signer.sign(
            alone, key=key, cert=certificate, reference_uri=f"#{alone.get('ID')}", id_attribute="ID"
        )
        root.replace(assertion, signed)
        return root

    def _xml(self) -> str:
        now = datetime.now(UTC) - self.late
        stamp = lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
        soon, before = stamp(now + timedelta(minutes=5)), stamp(now - timedelta(minutes=1))
        destination = self.acs if self.destination == "" else self.destination
        recipient = self.acs if self.recipient == "" else self.recipient
        subject_id = self.request_id if self.subject_request_id == "" else self.subject_request_id
        audience = (
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction>"
            if self.audience is not None
            else ""
        )
        return (
            f'<samlp:Response xmlns:samlp="{NAMES["samlp"]}" xmlns:saml="{NAMES["saml"]}" ID="_{uuid.uuid4()}"'
            f' Version="2.0" IssueInstant="{stamp(now)}"{_xml_attribute("Destination", destination)}'
            f"{_xml_attribute('InResponseTo', self.request_id or None)}><saml:Issuer>{self.issuer}</saml:Issuer>"
            f'<samlp:Status><samlp:StatusCode Value="{self.status}"/></samlp:Status>'
            f'<saml:Assertion ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{stamp(now)}">'
            f"<saml:Issuer>{self.issuer}</saml:Issuer><saml:Subject>"
            f'<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">_{uuid.uuid4()}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{soon}"{_xml_attribute("Recipient", recipient)}'
            f"{_xml_attribute('InResponseTo', subject_id or None)}/></saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{before}" NotOnOrAfter="{soon}">{audience}</saml:Conditions>'
            f'<saml:AuthnStatement AuthnInstant="{stamp(now)}" SessionIndex="_s"><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef>"
            f"</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{self._attributes()}"
            f"{self.extra_attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"
        )

    def _attributes(self) -> str:
        texts = {name: [escape(value) for value in values] for name, values in self.attributes.items()}
        if self.raw_ido is not None:
            texts["IDO"] = [self.raw_ido]
        return "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in texts.items()
        )


class _Signer(XMLSigner):
    """signxml refuses SHA-1 and HMAC by a certificate; an attacker does not."""

    def check_deprecated_methods(self) -> None:
        return


def posted(tree: etree._Element | bytes) -> dict[str, str]:
    """The form of the GAR's page."""
    document = tree if isinstance(tree, bytes) else etree.tostring(tree)
    return {"SAMLResponse": base64.b64encode(document).decode(), "RelayState": "https://evil.example/"}


FORM = "application/x-www-form-urlencoded"


def urlencoded(tree: etree._Element | bytes) -> str:
    """The same, as a browser sends it."""
    return urlencode(posted(tree))


def request_id_of(location: str) -> str:
    """The number of the request that this redirection carries."""
    asked = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    return str(etree.fromstring(decompress(base64.b64decode(asked), -15)).get("ID"))


def copy(tree: etree._Element) -> etree._Element:
    return deepcopy(tree)


def _xml_attribute(name: str, value: str | None) -> str:
    return "" if value is None else f' {name}="{value}"'
