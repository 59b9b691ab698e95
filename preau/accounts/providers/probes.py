"""Ask an ENT, for whoever administers the server, what no setting says: is it there, does it know us, at what time.

Nobody signs in: each question is one that a right answer costs nothing to, and that a wrong setting makes it refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast
from urllib.parse import parse_qs, urlsplit

from preau.accounts.providers.asking import ask, date_at, tell, within
from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.cas import CasProvider
from preau.accounts.providers.documents import Check, is_address
from preau.accounts.providers.oidc import OidcProvider
from preau.accounts.providers.refusals import ProviderDown, SettingRefused
from preau.accounts.providers.saml import SamlProvider

CLOCK = 60
PATIENCE = 20.0  # for all the questions to one provider
Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, and how bad it is."""

    level: Level
    text: str


def probed(provider: EntProvider) -> Iterator[Finding]:
    """What the provider says to a few questions; nothing when all is well."""
    with within(PATIENCE):
        yield from _answers(provider)


def _answers(provider: EntProvider) -> Iterator[Finding]:
    try:
        yield from _document(provider)
        yield from _clock(_door(provider))
        if isinstance(provider, OidcProvider):
            yield from _openid(provider)
        elif isinstance(provider, CasProvider):
            yield from _cas(provider)
        elif isinstance(provider, SamlProvider):
            yield from _saml(provider)
    except ProviderDown as down:
        yield Finding(
            "warn",
            f"Ce serveur n’arrive pas à joindre le fournisseur : {down.why}. "
            "Les élèves, eux, passent par leur navigateur.",
        )
    except SettingRefused as problem:
        yield Finding("bad", f"{str(problem)[:1].upper()}{str(problem)[1:]}.")


def _document(provider: EntProvider) -> Iterator[Finding]:
    """The document at an address, today: what is kept of it may hide that it is gone, or another's."""
    address, read = "", cast("Check", bytes)
    if isinstance(provider, SamlProvider) and is_address(provider.setting("metadata")):
        address, read = provider.setting("metadata").strip(), provider.read_other
    elif isinstance(provider, OidcProvider):
        address, read = provider.discovery_address, provider.read_discovery
    if not address:
        return
    try:
        read(ask("GET", address)[0])
    except (ProviderDown, SettingRefused) as problem:
        why = getattr(problem, "why", str(problem))
        yield Finding("bad", f"Ses métadonnées ne se lisent plus, les précédentes servent encore : {why}.")


def _door(provider: EntProvider) -> str:
    if isinstance(provider, SamlProvider):
        return provider.identity_provider().sso_url
    if isinstance(provider, OidcProvider):
        return str(provider.discovery()["token_endpoint"])
    return provider.needed("server")


def _clock(address: str) -> Iterator[Finding]:
    """Compare our clock with the provider's: what it signs lives five minutes."""
    said = date_at(address)
    drift = (datetime.now(UTC) - said.astimezone(UTC)).total_seconds() if said else 0.0
    if abs(drift) > CLOCK:
        word = "avance" if drift > 0 else "retarde"
        minutes = f"{abs(drift) / 60:.0f} min"
        yield Finding("bad", f"L’horloge de ce serveur {word} de {minutes} sur celle du fournisseur.")


def _openid(provider: OidcProvider) -> Iterator[Finding]:
    """A code nobody has: an unknown client is said before it. Then a sign-in without a question."""
    error = provider.error_for_no_code()
    if error in {"invalid_client", "unauthorized_client"}:
        yield Finding("bad", "Le fournisseur refuse notre compte : CLIENT_ID ou SECRET n’est pas le bon.")
    status, body, headers = tell("GET", provider.silent_request())
    back, there = provider.address("mediacentre_back"), headers.get("Location", "")
    if there.startswith(back):
        said = parse_qs(urlsplit(there).query).get("error", [""])[0]
        if said in {"invalid_scope", "unauthorized_client", "unsupported_response_type", "invalid_request"}:
            yield Finding(
                "bad", f"Le fournisseur refuse notre demande ({said}) : vérifiez SCOPE et notre compte."
            )
    elif status >= 400 and b"redirect" in body.lower():
        yield Finding("bad", f"L’adresse de retour n’est pas déclarée chez le fournisseur : {back}")
    elif status >= 400:
        yield _no(status, back)


def _cas(provider: CasProvider) -> Iterator[Finding]:
    """A gateway request: a server that knows our address sends it straight back, without asking who is there."""
    status, _, _ = tell("GET", provider.gateway_request())
    if status >= 400 or status == 200:
        yield _no(status, provider.address("mediacentre_back"))


def _saml(provider: SamlProvider) -> Iterator[Finding]:
    """A signed request, as a pupil's browser would carry it."""
    status, _, _ = tell("GET", provider.signed_request())
    if status >= 400:
        yield _no(status, provider.address("saml_acs"))


def _no(status: int, address: str) -> Finding:
    return Finding(
        "warn",
        f"Le fournisseur refuse une demande d’essai (HTTP {status}) : cette adresse y est-elle déclarée ? {address}",
    )
