"""A provider that is gone, slow, or answers anything at all: one French page, quickly, with the other ways in."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from django.core.cache import cache

from preau.accounts.models import Account
from preau.accounts.providers import asking, documents
from preau.accounts.providers.refusals import ProviderDown
from tests.accounts.providers import ent as kit
from tests.accounts.providers import gar
from tests.accounts.providers.conftest import known, signed_in
from tests.accounts.providers.test_cas import asks as asks_cas
from tests.accounts.providers.test_oidc import asks, comes_back
from tests.page import PageClient
from tests.postgres import _free_port

WAYS = ("J’ai le code du tableau", "J’ai une carte", "J’ai déjà un identifiant")


@contextmanager
def listening(*pieces: bytes, every: float = 0.0, certificate: Path | None = None) -> Iterator[int]:
    """Somebody who says these things to whoever connects, the last one again and again; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(peer, server_side=True) if context else peer as speaker:
                    speaker.recv(4096)
                    for piece in pieces:
                        speaker.sendall(piece)
                    while every:
                        time.sleep(every)
                        speaker.sendall(pieces[-1])
            except OSError:
                continue

    Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
    ],
    ids=["says nothing", "headers without end", "a byte at a time"],
)
def test_a_server_that_trickles_holds_nobody(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(asking, "DEADLINE", 0.3)
    begun = time.monotonic()
    with listening(*pieces, every=0.02) as port, pytest.raises(ProviderDown) as down:
        asking.ask("GET", f"http://127.0.0.1:{port}/")
    assert time.monotonic() - begun < 10  # it would trickle for half an hour
    assert "n’a pas répondu" in down.value.why


def test_every_question_of_a_page_shares_one_delay(openid: kit.Ent, monkeypatch: pytest.MonkeyPatch) -> None:
    openid.slow = 1
    with asking.within(1.8):
        assert asking.ask("GET", f"{openid.address}/jwks")
        with pytest.raises(ProviderDown):
            asking.ask("GET", f"{openid.address}/jwks")
    assert asking.ask("GET", f"{openid.address}/jwks")


def _certificate(folder: Path, name: str, days: int) -> Path:
    keys, now = gar.pair("https"), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(keys.key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=9))
    made = made.not_valid_after(now + timedelta(days=days))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = folder / f"{name}{days}.pem"
    signed = made.sign(keys.key, hashes.SHA256())
    path.write_text(keys.key_pem + signed.public_bytes(gar.serialization.Encoding.PEM).decode())
    return path


@pytest.mark.parametrize(
    ("name", "days", "trusted", "why"),
    [
        ("localhost", 9, False, "vient d’une autorité inconnue"),
        ("localhost", -1, True, "a expiré"),
        ("autre.example", 9, True, "est celui d’un autre nom"),
    ],
)
def test_what_is_wrong_with_its_https_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, trusted: bool, why: str
) -> None:
    path = _certificate(tmp_path, name, days)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with listening(b"HTTP/1.1 200 OK\r\n\r\n", certificate=path) as port, pytest.raises(ProviderDown) as down:
        asking.ask("GET", f"https://localhost:{port}/")
    assert down.value.why == f"le certificat https de localhost:{port} {why}" + (
        " de ce serveur" * (not trusted)
    )


def test_why_a_provider_is_out_of_reach_is_said_without_what_was_asked() -> None:
    def why(url: str) -> str:
        with pytest.raises(ProviderDown) as down:
            asking.ask("GET", url)
        return down.value.why

    with listening(
        b"HTTP/1.1 302 Found\r\nLocation: https://ailleurs.example/x\r\nContent-Length: 0\r\n\r\n"
    ) as port:
        assert why(f"http://127.0.0.1:{port}/?ticket=ST-1").endswith(
            "renvoie vers ailleurs.example : donnez l’adresse finale"
        )
    with listening(b"HTTP/1.1 404 Non\r\nContent-Length: 0\r\n\r\n") as port:
        assert why(f"http://127.0.0.1:{port}/?ticket=ST-1") == f"127.0.0.1:{port} répond HTTP 404"
        assert "ne parle pas https" in why(f"https://127.0.0.1:{port}/")
    nobody = f"127.0.0.1:{_free_port()}"
    assert why(f"http://{nobody}/?ticket=ST-1") == f"rien ne répond à {nobody}"
    with listening(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1_000_001) as port:
        assert "million" in why(f"http://127.0.0.1:{port}/")


def _token(head: str, body: str) -> bytes:
    parts = [kit.b64(one.encode()) for one in (head, body, "x")]
    return json.dumps({"access_token": "a", "id_token": ".".join(parts)}).encode()


DEEP = b"[" * 200_000
GARBAGE = {
    "/.well-known/openid-configuration": [
        b"<html>Maintenance</html>",
        b"[]",
        b"\xff\xfe\x00",
        DEEP,
        b'{"issuer": 4}',
    ],
    "/jwks": [
        b"{}",
        b'{"keys": 5}',
        b'{"keys": [5, null, {}]}',
        b'{"keys": [{"kid": "ent"}]}',
        b'{"keys": [{"kid": "ent", "kty": "RSA", "n": "*", "e": 3}]}',
        b'{"keys": [{"kid": "ent", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        DEEP,
    ],
    "/token": [
        b"",
        b'"a"',
        b'{"id_token": 5}',
        b'{"id_token": null, "access_token": {}}',
        _token('{"alg": ["RS256"]}', "{}"),
        _token('{"alg": "RS256", "kid": 5}', "{}"),
        _token("[]", "[]"),
        _token("[" * 50_000, "{}"),
        _token('{"alg": "RS256", "kid": "ent", "crit": ["exp"]}', "{}"),
    ],
    "/userinfo": [b"", b"5", b'{"sub": ["sub-1"]}', b'{"sub": "sub-1", "IDO": {"a": 1}}', DEEP],
}


@pytest.mark.parametrize("path", GARBAGE)
def test_an_openid_provider_that_answers_anything(
    page: PageClient, openid: kit.Ent, lea: Account, path: str
) -> None:
    known(lea)
    for garbage in GARBAGE[path]:
        cache.clear()
        if path.startswith("/."):
            openid.garbage = {path: garbage}
            answer = page.get("/mediacentre/")
        else:
            openid.garbage = {}
            state = asks(page, openid)["state"]
            openid.garbage = {path: garbage}
            answer = comes_back(page, code="c", state=state)
        assert answer.status_code in {403, 503}, garbage[:80]
        assert not [way for way in WAYS if way not in answer.content.decode()]
        assert signed_in(page) is None
        assert "identity" not in page.session


@pytest.mark.parametrize(
    "claims", [{"exp": float("inf")}, {"exp": "tard"}, {"iat": {}}, {"sub": 5}, {"aud": 5}, {"aud": []}]
)
def test_claims_of_no_kind(page: PageClient, openid: kit.Ent, lea: Account, claims: dict[str, Any]) -> None:
    known(lea)
    state = asks(page, openid)["state"]
    openid.claims = claims
    assert comes_back(page, code="c", state=state).status_code == 403


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<cas:serviceResponse xmlns:cas="%s">&b;</cas:serviceResponse>'
)
CAS_SAYS = '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">%s</cas:serviceResponse>'
SUCCESS = "<cas:authenticationSuccess><cas:user>uid-lea.42</cas:user></cas:authenticationSuccess>"
FAILURE = '<cas:authenticationFailure code="INVALID_TICKET"/>'


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"yes\nlea\n",
        BOMB % kit.CAS.encode(),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 100_000,
        b"<serviceResponse/>",
        (CAS_SAYS % "").encode(),
        (CAS_SAYS % FAILURE + SUCCESS).encode(),
        (CAS_SAYS % (FAILURE + SUCCESS)).encode(),
        (CAS_SAYS % (SUCCESS + SUCCESS)).encode(),
        (CAS_SAYS % "<cas:authenticationSuccess/>").encode(),
    ],
)
def test_a_cas_server_that_answers_anything(page: PageClient, cas: kit.Ent, garbage: bytes) -> None:
    back = asks_cas(page, cas)
    cas.garbage = {"/cas/p3/serviceValidate": garbage}
    answer = page.get("/mediacentre/ent/retour/", back)
    assert answer.status_code in {403, 503}
    assert "J’ai une carte" in answer.content.decode()
    assert "identity" not in page.session


def test_a_page_of_maintenance_does_not_take_the_place_of_what_was_known(
    page: PageClient,
    openid: kit.Ent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asks(page, openid)
    monkeypatch.setattr(documents, "FRESH", 0)
    openid.garbage = {"/.well-known/openid-configuration": b"<html>Maintenance</html>"}
    asks(page, openid)
    monkeypatch.setattr(documents, "RETRY", 0)
    openid.garbage = {}
    asks(page, openid)


def test_the_log_says_which_machine_and_why(
    page: PageClient, openid: kit.Ent, caplog: pytest.LogCaptureFixture
) -> None:
    openid.down = True
    page.get("/mediacentre/")
    host = openid.address.removeprefix("http://")
    said = [line.getMessage() for line in caplog.records if line.name.startswith("preau")]
    assert said == [f"mediacentre: arrivée refusée, ProviderDown : {host} répond HTTP 500"]
