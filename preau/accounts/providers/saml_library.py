"""The only file that imports python3-saml to send requests: with xmlsec, which fails when its libxml2 is not lxml's."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import xmlsec
from django.conf import settings
from lxml import etree
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from preau.accounts.providers.metadata import NAMES, IdentityProvider, safe_tree
from preau.accounts.providers.refusals import SettingRefused
from preau.accounts.providers.saml_sealed import CONTENT, KEYS


class _Request(OneLogin_Saml2_Authn_Request):
    """A request with the number it is given."""

    def __init__(self, number: str, *args: Any) -> None:
        self.number = number
        super().__init__(*args)

    def _generate_request_id(self) -> str:
        return self.number


def signed_request(known: OneLogin_Saml2_Settings, *, relay_state: str, number: str) -> str:
    """The address that carries a new signed request of this number. Raises SettingRefused."""
    auth = OneLogin_Saml2_Auth({}, known)
    auth.authn_request_class = partial(_Request, number)
    try:
        return str(auth.login(return_to=relay_state))
    except Exception:  # noqa: BLE001 - xmlsec raises what it likes on a key it cannot read, and may quote it
        problem = "KEY ne peut pas signer : ce n’est pas une clé privée RSA en PEM, sans mot de passe"
        raise SettingRefused(problem) from None


def sign_once() -> None:
    """Sign a scrap of XML that lxml made: whatever is wrong between the two libraries shows here."""
    library: Any = xmlsec  # its stubs do not say its constants
    root = etree.fromstring("<essai/>")
    kinds = library.Transform
    signature = library.template.create(root, kinds.EXCL_C14N, kinds.HMAC_SHA256)
    root.append(signature)
    reference = library.template.add_reference(signature, kinds.SHA256)
    library.template.add_transform(reference, kinds.ENVELOPED)
    context = library.SignatureContext()
    context.key = library.Key.from_binary_data(library.KeyData.HMAC, b"essai de signature")
    context.sign(signature)


@lru_cache(maxsize=32)
def saml_settings(
    entity_id: str,
    acs: str,
    key: str,
    certificate: str,
    next_certificate: str,
    encryption: str,
    other: IdentityProvider | None,
) -> OneLogin_Saml2_Settings:
    """python3-saml's settings, made once for each state of ours. Raises SettingRefused."""
    service = {
        "entityId": entity_id,
        "assertionConsumerService": {"url": acs, "binding": Constants.BINDING_HTTP_POST},
        "NameIDFormat": Constants.NAMEID_TRANSIENT,
        "x509cert": certificate,
        "privateKey": key,
    }
    if next_certificate:
        service["x509certNew"] = next_certificate
    whole = {
        "strict": True,
        "sp": service,
        "security": {
            "authnRequestsSigned": bool(key),
            "wantAssertionsSigned": True,
            # Of our own side alone, its metadata: for python3-saml, to publish a key is to require that it be used.
            "wantAssertionsEncrypted": encryption == "required" or (bool(encryption) and other is None),
            "wantNameId": False,
            "requestedAuthnContext": False,
            "signatureAlgorithm": Constants.RSA_SHA256,
            "digestAlgorithm": Constants.SHA256,
            "rejectDeprecatedAlgorithm": True,
            "allowSingleLabelDomains": settings.LOCAL,
        },
    }
    if other:
        whole["idp"] = {
            "entityId": other.entity_id,
            "singleSignOnService": {"url": other.sso_url, "binding": Constants.BINDING_HTTP_REDIRECT},
            "x509certMulti": {"signing": list(other.certificates)},
        }
    try:
        return OneLogin_Saml2_Settings(whole, sp_validation_only=other is None)
    except OneLogin_Saml2_Error as problem:
        raise SettingRefused(f"python3-saml refuse ces réglages : {problem}") from None


def metadata(known: OneLogin_Saml2_Settings) -> bytes:
    """Our side; a key to encrypt for comes with the ways that we take, so that the other side picks one of them."""
    said: str | bytes = known.get_sp_metadata()
    tree = safe_tree(said if isinstance(said, bytes) else said.encode())
    for descriptor in tree.iter(f"{{{NAMES['md']}}}KeyDescriptor"):
        if descriptor.get("use") == "encryption":
            for algorithm in (*CONTENT, *KEYS):
                etree.SubElement(descriptor, f"{{{NAMES['md']}}}EncryptionMethod", Algorithm=algorithm)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
