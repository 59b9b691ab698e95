"""What `preau check --deploy` says of a deployment that is not safe yet."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Advice
from django.db import DatabaseError
from django.utils import timezone

SHORTEST_KEY = 50


@register(Tags.security, deploy=True)
def deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Everything to settle before opening to pupils, each with what to do."""
    return [*_address(), *_keys(), *_database(), *_mail(), *_ents()]


def _address() -> Iterator[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if settings.LOCAL:
        yield Error(
            "PREAU_URL n’est pas donné : Préau croit n’être ouvert que sur cette machine.",
            hint="Écrivez l’adresse publique, par exemple PREAU_URL=https://preau.mon-college.fr",
            id="preau.E001",
        )
    elif parts.scheme != "https":
        yield Error(
            f"PREAU_URL commence par {parts.scheme}:// : mots de passe et noms d’élèves passeraient en clair.",
            hint="Mettez un certificat, puis PREAU_URL=https://…",
            id="preau.E002",
        )
    if settings.DEBUG and not settings.LOCAL:
        yield Error(
            "PREAU_DEBUG est donné : chaque panne montrerait le code et les réglages du serveur.",
            hint="Retirez PREAU_DEBUG.",
            id="preau.E008",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "PREAU_HOSTS contient * : n’importe quel nom de serveur serait accepté.",
            hint="Écrivez les noms que les élèves tapent, séparés par des virgules.",
            id="preau.E003",
        )


def _keys() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_KEY or len(set(settings.SECRET_KEY)) < 5:
        yield Error(
            "PREAU_SECRET_KEY est trop courte ou trop simple.",
            hint="python -c 'import secrets; print(secrets.token_urlsafe(64))'",
            id="preau.E004",
        )
    if any(len(key) < SHORTEST_KEY // 2 for key in settings.CARD_KEYS):
        yield Error(
            "Une clé de PREAU_CARD_KEYS est trop courte : les codes des cartes en dépendent.",
            hint="python -c 'import secrets; print(secrets.token_urlsafe(64))'",
            id="preau.E005",
        )
    path = Path(settings.VAR_DIR) / "secret_key"
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Error(
            f"{path} peut être lu par d’autres comptes de cette machine.",
            hint=f"chmod 600 {path}",
            id="preau.E006",
        )


def _database() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        return
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007:
        yield Advice(
            f"{path} peut être lu par d’autres comptes de cette machine.",
            hint=f"chmod 600 {path}",
            id="preau.W001",
        )
    yield Advice(
        "La base est SQLite : très bien pour un établissement sur une machine, pas pour plusieurs machines.",
        hint="Pour une académie ou plusieurs serveurs : DATABASE_URL=postgres://…",
        id="preau.W002",
    )


def _ents() -> Iterator[CheckMessage]:
    from preau.accounts.providers.inspection import inspect
    from preau.accounts.providers.ways import providers
    from preau.web.checks import why_no_database

    if why_no_database():  # said by preau.W024
        return
    try:
        known = providers()
    except DatabaseError:  # not migrated yet
        return
    for provider in known:
        for one in inspect(provider, at=timezone.now(), online=False):
            if one.level != "ok":
                kind = Error if one.level == "bad" else Advice
                yield kind(
                    f"{provider.name} : {one.text}",
                    hint="preau check-sso",
                    id="preau.E011" if one.level == "bad" else "preau.W011",
                )


@register(Tags.security)
def signatures(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """At every start where SAML is set: lxml and xmlsec must carry the same libxml2, and sign together."""
    from preau.accounts.providers.inspection import libraries

    if "saml" not in settings.SOCIALACCOUNT_PROVIDERS:
        return []
    broken = libraries()
    return [Error(broken.text, id="preau.E010")] if broken else []


def _mail() -> Iterator[CheckMessage]:
    if not settings.MAIL_CONFIGURED:
        yield Advice(
            "EMAIL_URL n’est pas donné : les invitations se donnent de la main à la main.",
            hint="EMAIL_URL=smtp+tls://compte:motdepasse@serveur:587",
            id="preau.W003",
        )
