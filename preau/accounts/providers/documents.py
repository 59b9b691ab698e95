"""Metadata, keys and discovery documents: pasted, in a file, or at an https address; never asked twice in a row.

What was read from a file is kept until the file changes; what came from an address for four hours, and shown for a week
more when the address no longer answers.
"""

from __future__ import annotations

import ipaddress
import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

from preau.accounts.providers.refusals import ProviderDown, SettingRefused

TIMEOUT = (3.05, 4)  # to connect, then between two bytes
DEADLINE = 7.0
MOST_BYTES = 1_000_000
FRESH = 4 * 3600
KEPT = 7 * 24 * 3600
RETRY = 30  # an address that failed is left alone that long
AGAIN = 60  # and one whose document was out of date


def text_of(value: str) -> bytes:
    """The document a setting gives: the text itself, a file, or an address. Raises SettingRefused or ProviderDown."""
    value = value.strip()
    if value.startswith(("<", "-----BEGIN")):
        return value.encode()
    if _is_address(value):
        return fetched(value)
    try:
        stat = Path(value).stat()
        return _file(value, stat.st_mtime_ns, stat.st_size)
    except OSError:
        raise SettingRefused(f"le fichier {value} ne peut pas être lu") from None


def refreshed(value: str) -> None:
    """Ask anew for the document of a setting that gives an address, when it was not just asked. Raises ProviderDown."""
    if _is_address(value.strip()):
        fetched(value.strip(), again=True)


def _is_address(value: str) -> bool:
    return value.startswith(("https://", "http://"))


@lru_cache(maxsize=64)
def _file(path: str, changed: int, size: int) -> bytes:
    if size > MOST_BYTES:
        raise SettingRefused(f"le fichier {path} est trop gros")
    return Path(path).read_bytes()


def is_safe_address(url: str) -> bool:
    """Whether this is https, or plain http to this machine on an installation that is only local."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and settings.LOCAL and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fetched(url: str, *, again: bool = False) -> bytes:
    """What is at this address, four hours old at most; older when it does not answer. Raises ProviderDown.

    `again` asks anew, for a key that is not in the document, and at most once a minute.
    """
    key = "preau.ent." + salted_hmac("preau.accounts.documents", url).hexdigest()
    kept: tuple[float, bytes] | None = cache.get(key)
    if kept and not again and time.time() - kept[0] < FRESH:
        return kept[1]
    asked_lately = again and not cache.add(f"{key}.again", 1, AGAIN)
    if asked_lately or cache.get(f"{key}.down"):
        if kept:
            return kept[1]
        raise ProviderDown
    try:
        body = ask("GET", url)[0]
    except ProviderDown:
        cache.set(f"{key}.down", 1, RETRY)
        if kept:
            return kept[1]
        raise
    cache.set(key, (time.time(), body), KEPT)
    return body


def ask(method: str, url: str, **kwargs: Any) -> tuple[bytes, str]:
    """One question to a provider: the body and its type. Raises ProviderDown for anything but an answer in time.

    No redirection is followed, and neither a slow answer nor an endless one holds a page for long.
    """
    if not is_safe_address(url):
        raise SettingRefused(f"l’adresse {url} n’est pas en https")
    until = time.monotonic() + DEADLINE
    try:
        with requests.request(
            method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **kwargs
        ) as answer:
            if answer.status_code != 200:
                raise ProviderDown
            body = bytearray()
            for piece in answer.iter_content(16_384):
                body += piece
                if len(body) > MOST_BYTES or time.monotonic() > until:
                    raise ProviderDown
            return bytes(body), answer.headers.get("Content-Type", "")
    except requests.RequestException:
        raise ProviderDown from None
