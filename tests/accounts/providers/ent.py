"""An invented OpenID provider and CAS server on this machine; its tokens are signed by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.accounts.providers import gar

CLIENT = "preau-client"
SECRET = "un secret & deux"
CAS = "http://www.yale.edu/tp/cas"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(name: str) -> dict[str, str]:
    public = gar.pair(name).key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": name,
        "use": "sig",
        "alg": "RS256",
        "n": number(public.n),
        "e": number(public.e),
    }


def token(claims: dict[str, Any], *, alg: str = "RS256", key: str = "ent", kid: str = "ent") -> str:
    """A signed token, or the forgery that `alg` names."""
    head = b64(json.dumps({"alg": alg, "kid": kid, "typ": "JWT"}).encode())
    signed = f"{head}.{b64(json.dumps(claims).encode())}".encode()
    if alg == "none":
        return f"{signed.decode()}."
    if alg == "HS256":
        pem = (
            gar.pair(key)
            .key.public_key()
            .public_bytes(gar.serialization.Encoding.PEM, gar.serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return f"{signed.decode()}.{b64(hmac.new(pem, signed, hashlib.sha256).digest())}"
    signature = gar.pair(key).key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return f"{signed.decode()}.{b64(signature)}"


def half_hash(token: str) -> str:
    """What ties an access token to the claims beside it."""
    return b64(hashlib.sha256(token.encode()).digest()[:16])


class Ent:
    """What it answers, and what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.down = False
        self.slow = 0.0
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {
            "IDO": gar.IDO,
            "UAI": ["0931434D"],
            "PRO": "National_elv",
            "NOM": "MARTIN",
        }
        self.forge: dict[str, str] = {}
        self.tickets: dict[str, str] = {}
        self.user = "uid-lea.42"
        self.success = ""  # what the CAS server says besides
        self.knows = "http://"  # the services of its register start so
        self.garbage: dict[str, bytes] = {}  # by path, what it answers instead
        self.says: dict[str, Any] = {}  # of itself, besides
        self.signed_userinfo = ""
        self.date = timedelta()
        self.said: list[dict[str, Any]] = []

    def answer(self, path: str, asked: dict[str, str], headers: Any) -> tuple[int, str, str]:
        if self.down:
            return 500, "text/plain", "down"
        time.sleep(self.slow)
        if path in self.garbage:
            return 200, "application/json", self.garbage[path].decode("latin-1")
        if path == "/cas/login":
            back = asked["service"] if asked["service"].startswith(self.knows) else ""
            return (302 if back else 200), back, "<form>"
        if path == "/authorize":
            back = asked["redirect_uri"] if asked["redirect_uri"].startswith(self.knows) else ""
            return (302, f"{back}?error=login_required", "") if back else (400, "text/plain", "redirect_uri")
        kinds = {"/cas/p3/serviceValidate": self._ticket, "/token": self._tokens, "/userinfo": self._userinfo}
        if path in kinds:
            return kinds[path](asked, headers)
        return 200, "application/json", json.dumps(self._public(path))

    def honestly(self, path: str, asked: dict[str, str]) -> str:
        """What it answers there when nobody makes it lie."""
        if path == "/userinfo":
            return self._userinfo(asked, {})[2]
        return self._given(asked) if path == "/token" else json.dumps(self._public(path))

    def _public(self, path: str) -> dict[str, Any]:
        if path == "/jwks":
            return {"keys": [jwk("ent"), jwk("ent-next")]}
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            **self.says,
        }

    def _tokens(self, asked: dict[str, str], headers: Any) -> tuple[int, str, str]:
        ours = f"{quote_plus(CLIENT)}:{quote_plus(SECRET)}".encode()
        if headers.get("Authorization") != f"Basic {base64.b64encode(ours).decode()}":
            return 401, "application/json", '{"error": "invalid_client"}'
        if asked["code"] == "essai":
            return 400, "application/json", '{"error": "invalid_grant"}'
        self.said.append({**asked, "auth": headers.get("Authorization")})
        return 200, "application/json", self._given(asked)

    def _given(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "sub-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "at_hash": half_hash("acces"),
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        made = {"access_token": "acces", "token_type": "Bearer", "id_token": token(claims, **self.forge)}
        return json.dumps(made)

    def _userinfo(self, asked: dict[str, str], headers: Any) -> tuple[int, str, str]:
        if self.signed_userinfo:
            return 200, "application/jwt", self.signed_userinfo
        return 200, "application/json", json.dumps({"sub": "sub-1", **self.userinfo})

    def _ticket(self, asked: dict[str, str], headers: Any) -> tuple[int, str, str]:
        good = self.tickets.pop(asked["ticket"], None) == asked["service"]
        inside = (
            f"<cas:authenticationSuccess><cas:user>{self.user}</cas:user><cas:attributes>"
            "<cas:UAI>0931434D</cas:UAI><cas:PRO>National_elv</cas:PRO><cas:NOM>MARTIN</cas:NOM>"
            f"</cas:attributes>{self.success}</cas:authenticationSuccess>"
            if good
            else '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>'
        )
        return (
            200,
            "application/xml",
            f'<cas:serviceResponse xmlns:cas="{CAS}">{inside}</cas:serviceResponse>',
        )


@contextmanager
def served() -> Iterator[Ent]:
    """Start it on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_HEAD(self) -> None:
            self._reply({})

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(time.time() + ent.date.total_seconds())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._reply(parse_qs(body))

        def _reply(self, form: dict[str, list[str]]) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in {**parse_qs(parts.query), **form}.items()}
            status, kind, body = ent.answer(parts.path, asked, self.headers)
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode("latin-1", "xmlcharrefreplace"))

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ent = Ent(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ent
    finally:
        server.shutdown()
        server.server_close()
