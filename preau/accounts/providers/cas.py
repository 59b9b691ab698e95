"""ENTs by CAS 3: a state in the service address, and single logout by ticket."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from lxml import etree

from preau.accounts.providers.asking import ask, is_safe_address
from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.facts import Arrived, arrived
from preau.accounts.providers.metadata import safe_tree
from preau.accounts.providers.refusals import ArrivalRefused, ProviderDown, Reason, SettingRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

CAS = "{http://www.yale.edu/tp/cas}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
# Not PT-…: a proxy ticket speaks for another service than the one the person opened.
TICKET = re.compile(r"(?!PT-)[A-Za-z0-9._-]{1,256}")
# What we call the identifier that CAS gives outside the attributes.
USER = "cas:user"


class CasProvider(EntProvider):
    """An ENT as a CAS server."""

    id = "cas"
    name = "CAS"
    usual_uid = USER

    @property
    def server(self) -> str:
        """Where the server is. Raises SettingRefused."""
        server = self.needed("server").rstrip("/")
        if not is_safe_address(server):
            raise SettingRefused(f"l’adresse {server} n’est pas en https")
        return server

    def prepare(self) -> None:
        """Ask about a ticket nobody has: a CAS server answers no, in its own XML."""
        body = self._validate("ST-preau-essai", self.service("essai"))
        if body.find(f"{CAS}authenticationFailure") is None:
            raise SettingRefused("cette adresse ne répond pas comme un serveur CAS 3")

    def service(self, state: str) -> str:
        """The address a ticket is made for: with the state, so that it is good in one session only."""
        return f"{self.address('mediacentre_back')}?{urlencode({'state': state})}"

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Ask for a ticket."""
        service = self.service(self.stash(request, link=link))
        return HttpResponseRedirect(f"{self.server}/login?{urlencode({'service': service})}")

    def gateway_request(self) -> str:
        """The address that leads straight back when nobody is there and our own address is known."""
        return f"{self.server}/login?{urlencode({'service': self.service('essai'), 'gateway': 'true'})}"

    def read(self, ticket: str, state: str) -> Arrived:
        """Who this ticket is for. Raises ArrivalRefused or ProviderDown."""
        if not TICKET.fullmatch(ticket):
            raise ArrivalRefused(Reason.TICKET)
        answer = self._validate(ticket, self.service(state))
        success = answer.find(f"{CAS}authenticationSuccess")
        if success is None or len(answer) != 1 or success.find(f"{CAS}proxies") is not None:
            raise ArrivalRefused(Reason.TICKET)
        if any(len(one) for kind in (f"{CAS}user", f"{CAS}attributes/*") for one in success.findall(kind)):
            raise ArrivalRefused(Reason.SHAPE)  # an element inside a value would cut it
        said = {USER: [one.text or "" for one in success.findall(f"{CAS}user")]}
        for attributes in success.findall(f"{CAS}attributes"):
            for one in attributes:
                said.setdefault(etree.QName(one).localname, []).append(one.text or "")
        return arrived(said, self.names)

    def _validate(self, ticket: str, service: str) -> etree._Element:
        asked = urlencode({"service": service, "ticket": ticket})
        try:
            tree = safe_tree(ask("GET", f"{self.server}/p3/serviceValidate?{asked}")[0])
        except ValueError:
            raise ProviderDown("la réponse n’est pas du XML lisible") from None
        if tree.tag != f"{CAS}serviceResponse" or any(not isinstance(node.tag, str) for node in tree.iter()):
            raise ProviderDown("la réponse n’est pas celle d’un serveur CAS")
        return tree


def ticket_to_end(posted: str) -> str:
    """The ticket that a logout request of the server names. Raises ArrivalRefused."""
    try:
        tree = safe_tree(posted.encode())
    except ValueError:
        raise ArrivalRefused(Reason.UNREADABLE) from None
    found = tree.findall(f"{SAMLP}SessionIndex")
    ticket = (found[0].text or "").strip() if len(found) == 1 else ""
    if tree.tag != f"{SAMLP}LogoutRequest" or not TICKET.fullmatch(ticket):
        raise ArrivalRefused(Reason.SHAPE)
    return ticket
