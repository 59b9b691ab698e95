"""The GAR by SAML 2.0, on allauth's provider and python3-saml (sso.md §3)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.documents import is_safe_address, text_of
from preau.accounts.providers.facts import GAR_UID, Arrived, arrived
from preau.accounts.providers.metadata import IdentityProvider, read_metadata
from preau.accounts.providers.refusals import SettingRefused
from preau.accounts.providers.saml_response import read_response

if TYPE_CHECKING:
    from django.http import HttpRequest


class SamlProvider(EntProvider, SAMLProvider):
    """A GAR whose request we sign, and of whose answer we keep three facts."""

    id = "saml"
    name = "SAML"
    usual_uid = "IDO"
    usual_pattern = GAR_UID

    @property
    def entity_id(self) -> str:
        """How the GAR knows us: the address of our metadata, unless it was registered otherwise."""
        return self.setting("entity_id", self.address("saml_metadata"))

    @property
    def relay_state(self) -> str:
        """The resource's address exactly as registered in the GAR."""
        return self.setting("relay_state", self.address("mediacentre"))

    def identity_provider(self) -> IdentityProvider:
        """The other side. Raises SettingRefused or ProviderDown."""
        other = read_metadata(text_of(self.needed("metadata")), entity_id=self.setting("idp_entity_id"))
        if not is_safe_address(other.sso_url):
            raise SettingRefused(f"l’adresse de connexion {other.sso_url} n’est pas en https")
        return other

    def saml_settings(self, *, alone: bool = False) -> OneLogin_Saml2_Settings:
        """Both sides, as python3-saml wants them; only ours when `alone`. Raises SettingRefused or ProviderDown."""
        key, certificate = self._pair("key"), self._pair("certificate")
        if bool(key) != bool(certificate):
            raise SettingRefused("KEY et CERTIFICATE vont ensemble : l’un des deux manque")
        if not key and not settings.LOCAL:
            raise SettingRefused("KEY et CERTIFICATE manquent : nos demandes doivent être signées")
        other = None if alone else self.identity_provider()
        return _settings(
            self.entity_id, self.address("saml_acs"), key, certificate, self._pair("next_certificate"), other
        )

    def _pair(self, name: str) -> str:
        return text_of(self.setting(name)).decode("ascii", "replace") if self.setting(name) else ""

    def prepare(self) -> None:
        """Read both sides and sign once."""
        OneLogin_Saml2_Auth({}, self.saml_settings()).login(return_to=self.relay_state)

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Sign a request and remember its number: only this session may bring the answer."""
        auth = OneLogin_Saml2_Auth({}, self.saml_settings())
        address = auth.login(return_to=self.relay_state)
        self.stash(request, link=link, state_id=auth.get_last_request_id())
        return HttpResponseRedirect(address)

    def read(self, posted: str) -> tuple[Arrived, str]:
        """Who arrives, and the number of the request it answers. Raises as `start`, and ArrivalRefused."""
        assertion = read_response(posted, settings=self.saml_settings())
        return arrived(assertion.attributes, self.names), assertion.request_id

    def metadata(self) -> bytes:
        """Our side, to register in the GAR."""
        text: str | bytes = self.saml_settings(alone=True).get_sp_metadata()
        return text.encode() if isinstance(text, str) else text


@lru_cache(maxsize=32)
def _settings(
    entity_id: str,
    acs: str,
    key: str,
    certificate: str,
    next_certificate: str,
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
