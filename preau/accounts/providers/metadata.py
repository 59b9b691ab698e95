"""What an identity provider's SAML metadata says: its name, where people go, which keys it signs with."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from lxml import etree

from preau.accounts.providers.refusals import SettingRefused

NAMES = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The other side, as its metadata describes it."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]  # signing ones, base64 of DER, one line each; two while they change
    valid_until: datetime | None = None


def safe_tree(document: bytes) -> etree._Element:
    """Read XML that comes from outside: no document type, no entity, no network, no huge tree. Raises ValueError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_blank_text=False
    )
    try:
        tree = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        raise ValueError("not XML") from None
    if tree.getroottree().docinfo.internalDTD is not None:
        raise ValueError("document type")
    return tree


@lru_cache(maxsize=32)
def read_metadata(document: bytes, *, entity_id: str = "") -> IdentityProvider:
    """The identity provider of this metadata, the one named when there are several. Raises SettingRefused."""
    try:
        tree = safe_tree(document)
    except ValueError:
        raise SettingRefused("les métadonnées ne sont pas un fichier XML lisible") from None
    found = [
        one
        for one in tree.iter(f"{{{NAMES['md']}}}EntityDescriptor")
        if one.find("md:IDPSSODescriptor", NAMES) is not None
        and (not entity_id or one.get("entityID") == entity_id)
    ]
    if not found:
        what = f"l’entité {entity_id}" if entity_id else "un fournisseur d’identité (IDPSSODescriptor)"
        raise SettingRefused(f"ces métadonnées ne décrivent pas {what} : ce sont celles d’une autre entité")
    if len(found) > 1:
        raise SettingRefused("ces métadonnées décrivent plusieurs entités : dites laquelle (IDP_ENTITY_ID)")
    return _read_entity(found[0])


def _read_entity(entity: etree._Element) -> IdentityProvider:
    [role] = entity.findall("md:IDPSSODescriptor", NAMES)[:1]
    places = [
        str(one.get("Location"))
        for one in role.findall("md:SingleSignOnService", NAMES)
        if one.get("Binding") == REDIRECT and one.get("Location")
    ]
    if not places:
        raise SettingRefused("ces métadonnées ne donnent pas d’adresse de connexion HTTP-Redirect")
    keys = [one for one in role.findall("md:KeyDescriptor", NAMES) if one.get("use") in {None, "signing"}]
    texts = [
        "".join((c.text or "").split()) for key in keys for c in key.iterfind(".//ds:X509Certificate", NAMES)
    ]
    if not texts:
        raise SettingRefused("ces métadonnées ne donnent pas de certificat de signature")
    for text in texts:
        certificate_of(text)
    return IdentityProvider(
        entity_id=str(entity.get("entityID", "")),
        sso_url=places[0],
        certificates=tuple(dict.fromkeys(texts)),
        valid_until=_until(entity.get("validUntil") or role.get("validUntil")),
    )


def _until(said: str | None) -> datetime | None:
    if not said:
        return None
    try:
        until = datetime.fromisoformat(said)
    except ValueError:
        raise SettingRefused("la date de validité des métadonnées (validUntil) n’est pas lisible") from None
    return until if until.tzinfo else until.replace(tzinfo=UTC)  # SAML writes UTC, with or without its Z


def certificate_of(text: str) -> x509.Certificate:
    """The certificate written as PEM or as base64 alone. Raises SettingRefused."""
    lines = [line for line in text.strip().splitlines() if "-----" not in line]
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join(lines), validate=True))
    except (ValueError, binascii.Error, x509.InvalidVersion):
        raise SettingRefused("un certificat n’est pas lisible") from None
