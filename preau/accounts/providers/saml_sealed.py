"""An encrypted assertion: its shape, settled before a key of ours comes near it, then the key that opens it.

Only what nobody can alter unseen (AES-GCM) or learn from our answers (RSA-OAEP): with AES-CBC or RSA 1.5, whoever
caught a response could read it by sending us variations. Nothing in it may say where else to look.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from lxml import etree
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from preau.accounts.providers.refusals import ArrivalRefused, Reason

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
# What our metadata asks for, the best first, and all that is taken.
CONTENT = tuple(f"{XENC11}{name}" for name in ("aes256-gcm", "aes192-gcm", "aes128-gcm"))
KEYS = (f"{XENC}rsa-oaep-mgf1p", f"{XENC11}rsa-oaep")
_PARTS = {
    f"{{{SAML}}}EncryptedAssertion",
    *(f"{{{XENC}}}{name}" for name in ("EncryptedData", "EncryptedKey", "EncryptionMethod", "CipherData")),
    *(f"{{{XENC}}}{name}" for name in ("CipherValue", "ReferenceList", "DataReference")),
    *(
        f"{{{DS}}}{name}"
        for name in ("KeyInfo", "DigestMethod", "RetrievalMethod", "X509Data", "X509Certificate")
    ),
    *(
        f"{{{DS}}}{name}"
        for name in ("X509SubjectName", "X509IssuerSerial", "X509IssuerName", "X509SerialNumber")
    ),
    f"{{{XENC11}}}MGF",
}
_DATA, _KEY = f"{{{XENC}}}EncryptedData", f"{{{XENC}}}EncryptedKey"


def must_be_plain(sealed: etree._Element) -> None:
    """Raises ArrivalRefused unless this holds one sealed thing and one sealed key, and nothing else."""
    data, keys = list(sealed.iter(_DATA)), list(sealed.iter(_KEY))
    if len(data) != 1 or len(keys) != 1 or sealed.find(f"{{{XENC}}}EncryptedData") is not data[0]:
        raise ArrivalRefused(Reason.SHAPE)
    if any(node.tag not in _PARTS for node in sealed.iter()):
        raise ArrivalRefused(Reason.SHAPE)
    for method in sealed.iter(f"{{{XENC}}}EncryptionMethod"):
        good = {_DATA: CONTENT, _KEY: KEYS}.get(str(getattr(method.getparent(), "tag", "")), ())
        if method.get("Algorithm") not in good:
            raise ArrivalRefused(Reason.ALGORITHM)
    for place in (*sealed.iter(f"{{{DS}}}RetrievalMethod"), *sealed.iter(f"{{{XENC}}}DataReference")):
        if not str(place.get("URI", "")).startswith("#"):
            raise ArrivalRefused(Reason.SHAPE)


def opened(document: bytes, ours: Sequence[OneLogin_Saml2_Settings]) -> OneLogin_Saml2_Response:
    """This response, its assertion opened by the first of our keys that can. Raises ArrivalRefused."""
    posted = base64.b64encode(document).decode("ascii")
    for settings in ours:
        try:
            return OneLogin_Saml2_Response(settings, posted)
        except Exception:  # noqa: BLE001, S112 - xmlsec raises what it likes; another key may do
            continue
    raise ArrivalRefused(Reason.UNOPENED)
