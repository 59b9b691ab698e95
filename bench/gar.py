"""A GAR for benchmarks: it answers requests with assertions signed by an independent library, as fast as it can."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha512
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, XMLSigner

UAI = "0931434D"
TILE, ACS = "/mediacentre/gar/", "/mediacentre/gar/acs/"
METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://gar.example/"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><IDPSSODescriptor
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><ds:KeyInfo
><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://gar.example/sso"/></IDPSSODescriptor>
</EntityDescriptor>"""
ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{id}" Version="2.0"
 IssueInstant="{now}"><saml:Issuer>https://gar.example/</saml:Issuer><ds:Signature
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/><saml:Subject><saml:NameID
 Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">_{id}n</saml:NameID><saml:SubjectConfirmation
 Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{asked}" Recipient="{acs}"
 NotOnOrAfter="{end}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions
 NotBefore="{now}" NotOnOrAfter="{end}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext><saml:AuthnContextClassRef
>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"""
ATTRIBUTE = '<saml:Attribute Name="{}"><saml:AttributeValue>{}</saml:AttributeValue></saml:Attribute>'
RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_{id}r" Version="2.0"
 IssueInstant="{now}" InResponseTo="{asked}" Destination="{acs}"><saml:Issuer
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">https://gar.example/</saml:Issuer><samlp:Status><samlp:StatusCode
 Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>"""


@dataclass(frozen=True, slots=True)
class Gar:
    """One identity provider; half of the pupils it sends are known, the other half never came."""

    folder: Path

    def __post_init__(self) -> None:
        if not self._at("gar.key").exists():
            self._make("gar")
            self._make("preau")
            lines = self._at("gar.crt").read_text().splitlines()
            plain = "".join(line for line in lines if "-----" not in line)
            self._at("gar.xml").write_text(METADATA.format(certificate=plain))

    def _at(self, name: str) -> Path:
        return self.folder / name

    def _make(self, name: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        called, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        signed = made.not_valid_after(now + timedelta(days=90)).sign(key, hashes.SHA256())
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        self._at(f"{name}.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        self._at(f"{name}.crt").write_bytes(signed.public_bytes(pem))

    def environment(self) -> dict[str, str]:
        """By which Préau knows this provider, and signs its requests."""
        return {
            "PREAU_PROVIDERS": "gar",
            "PREAU_GAR_KIND": "saml",
            "PREAU_GAR_METADATA": str(self._at("gar.xml")),
            "PREAU_GAR_KEY": str(self._at("preau.key")),
            "PREAU_GAR_CERTIFICATE": str(self._at("preau.crt")),
        }

    def answers(self, asked: str, *, site: str, who: int, known: bool) -> str:
        """The SAMLResponse to this request, about this pupil."""
        now = datetime.now(UTC)
        said = {
            "IDO": ido(who, known=known),
            "UAI": UAI,
            "PRO": "National_elv",
            "PRE": first_name(who),
            "NOM": last_name(who, known=known),
            "DIV": "6A##6A",
        }
        facts = {
            "id": uuid.uuid4().hex,
            "now": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "end": f"{now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
            "asked": asked,
            "acs": f"http://{site}{ACS}",
            "audience": f"http://{site}{TILE}metadonnees/",
        }
        attributes = "".join(ATTRIBUTE.format(name, value) for name, value in said.items())
        plain = etree.fromstring(ASSERTION.format(attributes=attributes, **facts))
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        signed = signer.sign(
            plain,
            key=_key(self._at("gar.key")),
            cert=self._at("gar.crt").read_text(),
            reference_uri=f"_{facts['id']}",
        )
        text = RESPONSE.format(assertion=etree.tostring(signed).decode(), **facts)
        return base64.b64encode(text.encode()).decode()


@cache
def _key(path: Path) -> Any:
    """Read once: checking a key takes longer than signing with it."""
    return serialization.load_pem_private_key(path.read_bytes(), None)


def ido(who: int, *, known: bool) -> str:
    """An opaque identifier."""
    return sha512(f"{who}{known}".encode()).hexdigest()


def first_name(who: int) -> str:
    """One of twenty."""
    return f"Prénom{chr(97 + who % 20)}"


def last_name(who: int, *, known: bool) -> str:
    """Another one for each pupil."""
    letters = "".join(chr(97 + who // 26**place % 26) for place in range(3))
    return f"{'Connu' if known else 'Nouveau'}{letters}"
