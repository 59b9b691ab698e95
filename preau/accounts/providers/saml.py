"""The GAR by SAML 2.0, on allauth's provider and python3-saml (sso.md §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect

from preau.accounts.providers.asking import is_safe_address
from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.documents import refreshed, text_of
from preau.accounts.providers.facts import GAR_UID, Arrived, arrived
from preau.accounts.providers.metadata import IdentityProvider, read_metadata
from preau.accounts.providers.numbers import missed, must_be_ours, new_number
from preau.accounts.providers.refusals import ArrivalRefused, Reason, SettingRefused

if TYPE_CHECKING:
    from django.http import HttpRequest


def library() -> Any:
    """python3-saml and xmlsec, asked for only where SAML is used: their failure must not close the other ways in.

    Raises SettingRefused.
    """
    try:
        from preau.accounts.providers import saml_library
    except Exception:  # noqa: BLE001 - xmlsec's own error class cannot be imported when it is raised
        raise SettingRefused(
            "les bibliothèques lxml et xmlsec n’ont pas la même libxml2 : réinstallez-les ensemble, "
            "par pip install --require-hashes -r requirements.txt"
        ) from None
    return saml_library


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
        other = self.read_other(text_of(self.needed("metadata"), good=self.read_other))
        if not is_safe_address(other.sso_url):
            raise SettingRefused(f"l’adresse de connexion {other.sso_url} n’est pas en https")
        return other

    def read_other(self, document: bytes) -> IdentityProvider:
        """The other side, as this document describes it. Raises SettingRefused."""
        return read_metadata(document, entity_id=self.setting("idp_entity_id"))

    def saml_settings(self, *, alone: bool = False, opener: str = "") -> Any:
        """Both sides, as python3-saml wants them; only ours when `alone`; with another key than ours to open with.

        Raises SettingRefused or ProviderDown.
        """
        key, certificate = self._pair("key"), self._pair("certificate")
        if bool(key) != bool(certificate):
            raise SettingRefused("KEY et CERTIFICATE vont ensemble : l’un des deux manque")
        if not key and not settings.LOCAL:
            raise SettingRefused("KEY et CERTIFICATE manquent : nos demandes doivent être signées")
        if self.encryption and not key:
            raise SettingRefused("ENCRYPTION demande KEY et CERTIFICATE")
        other, coming = None if alone else self.identity_provider(), self._pair("next_certificate")
        ours = (opener or key, certificate, coming, self.encryption)
        return library().saml_settings(self.entity_id, self.address("saml_acs"), *ours, other)

    def _openers(self) -> list[Any]:
        """Our settings, then the same with each other key that may open what was sealed around a change of ours."""
        more = [self._pair(name) for name in ("next_key", "old_key")] if self.encryption else []
        return [self.saml_settings(), *(self.saml_settings(opener=key) for key in more if key)]

    @property
    def encryption(self) -> str:
        """ "" when assertions come in clear, « accepted » or « required ». Raises SettingRefused."""
        said = self.setting("encryption")
        if said not in {"", "off", "accepted", "required"}:
            raise SettingRefused("ENCRYPTION vaut off, accepted ou required")
        return "" if said == "off" else said

    def _pair(self, name: str) -> str:
        return text_of(self.setting(name)).decode("ascii", "replace") if self.setting(name) else ""

    def prepare(self) -> None:
        """Read both sides and sign once."""
        self.signed_request()

    def signed_request(self) -> str:
        """The address of a request that nobody's session waits for."""
        return self._signed(new_number(self.sub_id))

    def _signed(self, number: str) -> str:
        known = self.saml_settings()
        return str(library().signed_request(known, relay_state=self.relay_state, number=number))

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Sign a request and remember its number: only this session may bring the answer."""
        number = new_number(self.sub_id)
        address = self._signed(number)
        self.stash(request, link=link, state_id=number)
        return HttpResponseRedirect(address)

    def read(self, posted: str) -> tuple[Arrived, str]:
        """Who arrives, and the number of the request it answers. Raises as `start`, and ArrivalRefused."""
        known = self._openers()
        from preau.accounts.providers.saml_response import read_response, unread

        answer = unread(posted)
        must_be_ours(self.sub_id, answer.request_id)
        try:
            if answer.sealed is not None and not self.encryption:
                raise ArrivalRefused(Reason.ENCRYPTED)
            try:
                assertion = read_response(answer, ours=known)
            except ArrivalRefused as refusal:
                renewed = self._renewed() if refusal.reason is Reason.SIGNATURE else known
                if renewed == known:
                    raise
                assertion = read_response(answer, ours=renewed)
            return arrived(assertion.attributes, self.names), assertion.request_id
        except ArrivalRefused:
            missed(answer.request_id)
            raise

    def _renewed(self) -> list[Any]:
        """Both sides again, their metadata asked anew where our settings give an address: their key may be a new one.

        At most once a minute, and only there: nothing that was posted says where to look or what to trust.
        """
        refreshed(self.needed("metadata"), good=self.read_other)
        return self._openers()

    def metadata(self) -> bytes:
        """Our side, to register in the GAR."""
        described: bytes = library().metadata(self.saml_settings(alone=True))
        return described
