"""Digests under the server's key that outlive a change of it: made with today's, looked for with the older ones too."""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac


def keyed(salt: str, value: str) -> str:
    """What is kept of a secret that somebody will bring back."""
    return _keyed(salt, value, str(settings.SECRET_KEY))


def all_keyed(salt: str, value: str) -> list[str]:
    """What may have been kept of it, since the oldest key that is still accepted."""
    return [_keyed(salt, value, str(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _keyed(salt: str, value: str, key: str) -> str:
    return salted_hmac(salt, value, secret=key, algorithm="sha256").hexdigest()
