"""One question to a provider: an answer in time, or a refusal that tells the host why.

The library's time-outs start again at each byte, so a server that trickles would hold a page for hours. Here every
read ends at one moment, and so do all the questions of one page.
"""

from __future__ import annotations

import io
import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from preau.accounts.providers.refusals import ProviderDown, SettingRefused

TIMEOUT = (3.05, 4)  # to connect, then between two bytes
DEADLINE = 6.0  # one question
PAGE = 10.0  # every question of one page
MOST_BYTES = 1_000_000
_until: ContextVar[float] = ContextVar("until", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever is asked in here is over after that long."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def is_safe_address(url: str) -> bool:
    """Whether this is https, or plain http to this machine on an installation that is only local."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https" and host:
        return True
    return parts.scheme == "http" and settings.LOCAL and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ask(method: str, url: str, **kwargs: Any) -> tuple[bytes, str]:
    """The body of a provider's answer and its type. Raises ProviderDown for anything but an answer in time."""
    status, body, headers = tell(method, url, **kwargs)
    if status != 200:
        raise ProviderDown(_not_ok(url, status, headers.get("Location", "")))
    return body, headers.get("Content-Type", "")


def tell(
    method: str, url: str, **kwargs: Any
) -> tuple[int, bytes, requests.structures.CaseInsensitiveDict[str]]:
    """Whatever a provider answers: no redirection is followed, and no endless answer read. Raises ProviderDown."""
    if not is_safe_address(url):
        raise SettingRefused(f"l’adresse {url} n’est pas en https")
    try:
        with within(DEADLINE), requests.Session() as session:
            session.mount("https://", _Adapter())
            session.mount("http://", _Adapter())
            session.auth = _as_is
            with session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **kwargs
            ) as answer:
                body = bytearray()
                for piece in answer.iter_content(16_384):
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise ProviderDown(f"{host_of(url)} répond plus d’un million d’octets")
                return answer.status_code, bytes(body), answer.headers
    except (requests.RequestException, ValueError) as problem:
        raise ProviderDown(_why(url, problem)) from None


def date_at(url: str) -> datetime | None:
    """What time it is there, whatever it answers. Raises ProviderDown."""
    try:
        return parsedate_to_datetime(tell("HEAD", url)[2].get("Date", ""))
    except ValueError:
        return None


def host_of(url: str) -> str:
    """Who is asked: never the path or the query, which carry tickets."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send what was written: without this, a ~/.netrc would speak for us."""
    return request


def _not_ok(url: str, status: int, location: str) -> str:
    if 300 <= status < 400 and location:
        return f"{host_of(url)} renvoie vers {host_of(location) or 'une autre adresse'} : donnez l’adresse finale"
    return f"{host_of(url)} répond HTTP {status}"


def _why(url: str, problem: Exception) -> str:
    """What to tell whoever administers the server: which machine, and what happened, without the library's words."""
    host, said = host_of(url), str(problem)
    words = {
        "certificate has expired": f"le certificat https de {host} a expiré",
        "certificate is not yet valid": f"le certificat https de {host} n’est pas encore valable : vérifiez l’horloge",
        "doesn't match": f"le certificat https de {host} est celui d’un autre nom",
        "is not valid for": f"le certificat https de {host} est celui d’un autre nom",
        "CERTIFICATE_VERIFY_FAILED": f"le certificat https de {host} vient d’une autorité inconnue de ce serveur",
        "SSL": f"{host} ne parle pas https : http au lieu de https, ou un autre port ?",
        "timed out": f"{host} n’a pas répondu en quelques secondes",
        "resolve": f"le nom {host} est introuvable",
        "refused": f"rien ne répond à {host}",
    }
    return next((why for sign, why in words.items() if sign in said), f"la connexion à {host} a été coupée")


class _Hurried(io.RawIOBase):
    """The bytes of a socket, until a moment."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self.raw, self.sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _until.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.sock.settimeout(min(left, TIMEOUT[1]))
        read: int | None = self.raw.readinto(buffer)
        return read

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp: Any = io.BufferedReader(_Hurried(self.fp.detach(), sock))


class _Http(HTTPConnection):
    response_class = _Response


class _Https(HTTPSConnection):
    response_class = _Response


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """The library's own, its connections in a hurry; through a proxy too."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager
