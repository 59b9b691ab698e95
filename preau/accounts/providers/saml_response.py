"""Read the SAMLResponse of an identity provider: everything that must hold before a word of it is believed; no Django.

python3-saml checks the schema, the signature, the dates, the issuer and the status. It accepts an assertion without
audience or recipient, a comment inside a value and a destination that merely starts like ours; the GAR signs for
hundreds of services with one key. So the document's shape is settled here first, strictly, and what it says after.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from preau.accounts.providers import saml_schema
from preau.accounts.providers.metadata import safe_tree
from preau.accounts.providers.refusals import ArrivalRefused, Reason
from preau.accounts.providers.saml_sealed import must_be_plain, opened

MOST_BYTES = 256 * 1024
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
NAMES = {"samlp": SAMLP, "saml": SAML, "ds": DS}
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURES = {
    f"{MORE}{name}" for name in ("rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384")
}
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    f"{MORE}sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
}
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
TRANSFORMS = {f"{DS}enveloped-signature", EXCLUSIVE, INCLUSIVE}
saml_schema.keep()
# What python3-saml found wrong, by its number.
_Error = OneLogin_Saml2_ValidationError
REASONS = {
    _Error.STATUS_CODE_IS_NOT_SUCCESS: Reason.STATUS,
    _Error.ASSERTION_TOO_EARLY: Reason.CLOCK,
    _Error.ASSERTION_EXPIRED: Reason.CLOCK,
    _Error.SESSION_EXPIRED: Reason.CLOCK,
    _Error.WRONG_DESTINATION: Reason.DESTINATION,
    _Error.EMPTY_DESTINATION: Reason.DESTINATION,
    _Error.WRONG_AUDIENCE: Reason.AUDIENCE,
    _Error.WRONG_ISSUER: Reason.ISSUER,
    _Error.INVALID_SIGNATURE: Reason.SIGNATURE,
    _Error.NO_SIGNATURE_FOUND: Reason.SIGNATURE,
    _Error.INVALID_XML_FORMAT: Reason.SHAPE,
    _Error.WRONG_SUBJECTCONFIRMATION: Reason.RECIPIENT,
    _Error.NO_ENCRYPTED_ASSERTION: Reason.IN_CLEAR,
}


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a provider really signed for us, about one person."""

    request_id: str
    attributes: dict[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """An answer of which nothing is believed yet, not even the number of the request that it names."""

    request_id: str
    document: bytes = field(repr=False)
    root: etree._Element = field(repr=False)

    @property
    def sealed(self) -> etree._Element | None:
        """Its assertion, when it is encrypted."""
        return self.root.find("saml:EncryptedAssertion", NAMES)


def unread(posted: str) -> Unread:
    """The answer of a SAMLResponse field, once it has the shape of one. Raises ArrivalRefused."""
    document = _decode(posted)
    root = _tree(document)
    _outline(root)
    return Unread(request_id=root.get("InResponseTo") or "", document=document, root=root)


def read_response(answer: Unread, *, ours: Sequence[OneLogin_Saml2_Settings]) -> Assertion:
    """What the provider signed; `ours` are our settings, then the same with each other key that may open it.

    Raises ArrivalRefused; no other exception, whatever was posted.
    """
    if answer.sealed is not None:
        must_be_plain(answer.sealed)
    else:
        _shape(answer.root)
    return _believe(_verify(answer, ours), ours[0])


def _decode(posted: str) -> bytes:
    if len(posted) > MOST_BYTES:
        raise ArrivalRefused(Reason.TOO_LARGE)
    try:
        return base64.b64decode("".join(posted.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ArrivalRefused(Reason.UNREADABLE) from None


def _tree(document: bytes) -> etree._Element:
    try:
        return safe_tree(document)
    except ValueError as problem:
        raise ArrivalRefused(Reason.DOCTYPE if "type" in str(problem) else Reason.UNREADABLE) from None


def _outline(root: etree._Element) -> None:
    """The only response, with one assertion, its child; no comment, and no name twice."""
    if any(not isinstance(node.tag, str) for node in root.iter()) or root.getprevious() is not None:
        raise ArrivalRefused(Reason.COMMENT)
    assertions = [*root.iter("{*}Assertion"), *root.iter("{*}EncryptedAssertion")]
    if root.tag != f"{{{SAMLP}}}Response" or list(root.iter("{*}Response")) != [root] or len(assertions) != 1:
        raise ArrivalRefused(Reason.SHAPE)
    [assertion] = assertions
    kinds = {f"{{{SAML}}}Assertion", f"{{{SAML}}}EncryptedAssertion"}
    if assertion.tag not in kinds or assertion.getparent() is not root or not root.get("ID"):
        raise ArrivalRefused(Reason.SHAPE)
    names = [
        node.get(name) for node in root.iter() for name in ("ID", "Id", "id") if node.get(name) is not None
    ]
    if len(names) != len(set(names)):
        raise ArrivalRefused(Reason.SHAPE)


def _shape(root: etree._Element) -> None:
    """An assertion in clear, itself signed, by good algorithms; no place for a second one to hide."""
    _outline(root)
    assertion = root.find("saml:Assertion", NAMES)
    if assertion is None or not assertion.get("ID"):
        raise ArrivalRefused(Reason.SHAPE)
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if assertion.find("ds:Signature", NAMES) is None:
        raise ArrivalRefused(Reason.SIGNATURE)
    if len(signatures) > 2 or any(one.getparent() not in (root, assertion) for one in signatures):
        raise ArrivalRefused(Reason.SHAPE)
    for signature in signatures:
        _algorithms(signature)


def _algorithms(signature: etree._Element) -> None:
    """One reference, to the parent, by algorithms that are still good and that ask for a public key."""
    references = list(signature.iter(f"{{{DS}}}Reference"))
    signed = [parent.get("ID") for parent in signature.iterancestors()][:1]
    if [one.get("URI") for one in references] != [f"#{name}" for name in signed]:
        raise ArrivalRefused(Reason.SHAPE)
    if signature.find("ds:Object", NAMES) is not None:
        raise ArrivalRefused(Reason.SHAPE)
    allowed = {
        "SignatureMethod": SIGNATURES,
        "DigestMethod": DIGESTS,
        "CanonicalizationMethod": {EXCLUSIVE, INCLUSIVE},
    }
    for name, good in {**allowed, "Transform": TRANSFORMS}.items():
        used = [one.get("Algorithm") for one in signature.iter(f"{{{DS}}}{name}")]
        if not used or not set(used) <= good:
            raise ArrivalRefused(Reason.ALGORITHM)


def _verify(answer: Unread, ours: Sequence[OneLogin_Saml2_Settings]) -> etree._Element:
    """The very tree that python3-saml verified.

    Its words may quote what was received: only the number of its error is kept.
    """
    acs = ours[0].get_sp_data()["assertionConsumerService"]["url"]
    scheme, _, rest = acs.partition("://")
    host, _, path = rest.partition("/")
    asked = {"https": "on" if scheme == "https" else "off", "http_host": host, "script_name": f"/{path}"}
    try:
        if answer.sealed is not None:
            response = opened(answer.document, ours)
            # Read again: python3-saml's own tree does not show the comments that it holds. Then as strict as in clear.
            verified = _tree(etree.tostring(response.decrypted_document))
            _shape(verified)
            response.decrypted_document = verified
        else:
            response = OneLogin_Saml2_Response(ours[0], base64.b64encode(answer.document).decode("ascii"))
            verified = response.document
        response.is_valid(asked, raise_exceptions=True)
    except ArrivalRefused:
        raise
    except (OneLogin_Saml2_ValidationError, OneLogin_Saml2_Error) as problem:
        raise ArrivalRefused(REASONS.get(problem.code, Reason.INVALID)) from None
    except Exception:  # noqa: BLE001 - dates, numbers and libxml2 raise what they like on what a stranger sends
        raise ArrivalRefused(Reason.INVALID) from None
    return verified


def _believe(root: etree._Element, settings: OneLogin_Saml2_Settings) -> Assertion:
    [assertion] = root.findall("saml:Assertion", NAMES)
    service = settings.get_sp_data()
    acs, request_id = service["assertionConsumerService"]["url"], root.get("InResponseTo") or ""
    if root.get("Destination", acs) != acs:
        raise ArrivalRefused(Reason.DESTINATION)
    audiences = assertion.findall("saml:Conditions/saml:AudienceRestriction", NAMES)
    named = [[(one.text or "").strip() for one in each.findall("saml:Audience", NAMES)] for each in audiences]
    if not named or any(service["entityId"] not in each for each in named):
        raise ArrivalRefused(Reason.AUDIENCE)
    conditions = assertion.find("saml:Conditions", NAMES)
    if conditions is None or conditions.get("NotOnOrAfter") is None:
        raise ArrivalRefused(Reason.CLOCK)
    confirmed = assertion.findall("saml:Subject/saml:SubjectConfirmation", NAMES)
    if len(confirmed) != 1 or confirmed[0].get("Method") != BEARER:
        raise ArrivalRefused(Reason.RECIPIENT)
    data = confirmed[0].find("saml:SubjectConfirmationData", NAMES)
    if data is None or data.get("Recipient") != acs:
        raise ArrivalRefused(Reason.RECIPIENT)
    if data.get("NotOnOrAfter") is None:
        raise ArrivalRefused(Reason.CLOCK)
    if not request_id or data.get("InResponseTo") != request_id:
        raise ArrivalRefused(Reason.STATE)
    return Assertion(request_id=request_id, attributes=dict(_attributes(assertion)))


def _attributes(assertion: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every attribute once, by its name; a value is text and nothing else."""
    seen = set()
    for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", NAMES):
        name = str(attribute.get("Name"))
        values = attribute.findall("saml:AttributeValue", NAMES)
        if name in seen or any(len(value) for value in values):
            raise ArrivalRefused(Reason.TWO_IDENTIFIERS if name in seen else Reason.SHAPE)
        seen.add(name)
        yield name, tuple(value.text or "" for value in values)
