"""The ways in through an ENT that this deployment offers, from the environment and from the admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers import registry
from django.http import Http404
from django.urls import reverse

from preau.accounts.providers.base import EntProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

KINDS = {"saml": "SAML", "oidc": "OpenID Connect", "cas": "CAS"}


@dataclass(frozen=True, slots=True)
class WayIn:
    """One button of the sign-in pages."""

    name: str
    url: str


def providers(request: HttpRequest | None = None) -> list[EntProvider]:
    """Every provider that is set, each address once: the environment wins over the admin."""
    return list(_each(request))


def _each(request: HttpRequest | None) -> Iterator[EntProvider]:
    registry.load()
    apps = [app for app in get_adapter().list_apps(request) if app.provider in KINDS and app.provider_id]
    seen = set()
    for app in sorted(apps, key=lambda one: one.pk is not None):
        if app.provider_id not in seen:
            seen.add(app.provider_id)
            yield app.get_provider(request)


def provider_or_404(request: HttpRequest, slug: str, kind: type[EntProvider] = EntProvider) -> EntProvider:
    """The provider at this address, of this kind. Raises Http404."""
    for one in _each(request):
        if one.sub_id == slug and isinstance(one, kind):
            return one
    raise Http404


def ways_in(request: HttpRequest | None = None) -> list[WayIn]:
    """The buttons to show, whatever state the providers are in: the page behind says when one is down."""
    return [way_in(one) for one in _each(request)]


def way_in(provider: EntProvider) -> WayIn:
    """The button of one provider."""
    return WayIn(name=provider.name, url=reverse("accounts:mediacentre", args=[provider.sub_id]))
