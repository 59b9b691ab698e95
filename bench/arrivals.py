"""Arrivals by SAML per second of one process, known identity and unknown, and a rush of 500: python -m bench.arrivals.

The identity provider is another library (bench.gar) and signs between the timed parts: what is timed is Préau alone,
from the tile to the first page shown. Clients and server share the machine's processors. Then one arrival is taken
apart, in one process: signatures, database, rest.
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.gar import ACS, TILE, UAI, Gar, first_name, ido, last_name
from bench.signins import _wait_for

FORM = "application/x-www-form-urlencoded"
PUPILS, CLIENTS, RUSH, MINUTE = 250, 8, 500, 60.0


@dataclass
class Visit:
    """One browser: what it was asked, what it must answer, and the seconds it waited for Préau."""

    who: int
    known: bool
    site: str
    cookies: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    answer: str = ""
    waited: float = 0.0
    shown: str = ""

    def get(self, path: str) -> str:
        """Open a page with this browser's cookies; return where it leads."""
        return self._send("GET", path, "", self.cookies)

    def post(self, path: str, body: str) -> str:
        """Post from another site: the session does not come along."""
        return self._send("POST", path, body, {})

    def _send(self, method: str, path: str, body: str, cookies: dict[str, str]) -> str:
        headers = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        )
        if body:
            headers["Content-Type"] = FORM
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(self.site, timeout=60)
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        self.shown = answer.read().decode(errors="replace")
        self.waited += time.perf_counter() - begun
        connection.close()
        assert answer.status < 400, f"{answer.status} {path}: {self.shown[:300]}"
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";", 1)[0]
        return answer.headers.get("Location", "")


def number_of(location: str) -> str:
    """The number of the request that Préau signed."""
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    found = re.search(r'\bID="([^"]+)"', zlib.decompress(base64.b64decode(packed), -15).decode())
    assert found
    return found[1]


def starts(visit: Visit) -> None:
    """Click the tile: Préau signs its request."""
    visit.asked = number_of(visit.get(TILE))


def lands(visit: Visit) -> None:
    """Bring the answer, and follow to the first page shown."""
    there = visit.post(ACS, urlencode({"SAMLResponse": visit.answer, "RelayState": "x"}))
    while there:
        there = visit.get(urlsplit(there).path)
    assert ("Bonjour" if visit.known else "C’est toi, ") in visit.shown, visit.shown[:2000]


@contextmanager
def prepared(url: str) -> Iterator[tuple[Gar, dict[str, str], int]]:
    """A database with its pupils; yields the provider, the environment of Préau and the port where it will answer."""
    from tests.postgres import _free_port

    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var:
        gar = Gar(Path(var))
        env = {
            **os.environ,
            **gar.environment(),
            "DJANGO_SETTINGS_MODULE": "preau.settings",
            "PREAU_VAR": var,
            "PREAU_LOCAL_URL": f"http://127.0.0.1:{port}",
            "PREAU_LOG_LEVEL": "ERROR",
            "DATABASE_URL": url or f"sqlite:///{var}/bench.sqlite3",
        }
        subprocess.run([sys.executable, "-m", "preau", "migrate", "-v0"], env=env, check=True)
        subprocess.run([sys.executable, "-m", "bench.arrivals", "--fill"], env=env, check=True)
        yield gar, env, port


@contextmanager
def serving(env: dict[str, str], port: int) -> Iterator[str]:
    """Préau in one process; yields host and port."""
    serve = [sys.executable, "-m", "preau", "serve", "--port", str(port), "--workers", "1", "--tasks", "0"]
    server = subprocess.Popen(serve, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def each(deed: Callable[[Visit], None], visits: Sequence[Visit]) -> float:
    """Do this for every visit, a few at a time; the seconds it took."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(deed, visits))
    return time.perf_counter() - begun


def arrivals(site: str, gar: Gar, *, known: bool, count: int) -> tuple[float, float]:
    """Arrivals per second, the provider's own work left out, and the 95th percentile of their seconds."""
    visits = [Visit(who, known, site) for who in range(count)]
    took = each(starts, visits)
    for visit in visits:
        visit.answer = gar.answers(visit.asked, site=site, who=visit.who, known=known)
    took += each(lands, visits)
    return count / took, sorted(one.waited for one in visits)[int(count * 0.95)]


def refused(site: str, answer: str) -> bool:
    """Post an answer to no request of Préau's, as fast as it is refused."""
    connection = http.client.HTTPConnection(site, timeout=60)
    connection.request("POST", ACS, urlencode({"SAMLResponse": answer}), {"Content-Type": FORM})
    status = connection.getresponse().status
    connection.close()
    assert status == 403, status
    return True


def rush(site: str, gar: Gar, *, attacked: bool = False) -> str:
    """500 pupils from one address, evenly over one minute, every other one for the first time; what came of it.

    `attacked`, somebody at the same address posts forged answers all the while, one after another.
    """
    begun = time.perf_counter()

    def comes(rank: int) -> float:
        time.sleep(max(0.0, begun + rank * MINUTE / RUSH - time.perf_counter()))
        visit = Visit(rank // 2, rank % 2 == 0, site)
        starts(visit)
        visit.answer = gar.answers(visit.asked, site=site, who=visit.who, known=visit.known)
        lands(visit)
        return visit.waited

    over, forged = threading.Event(), 0

    def forges() -> None:
        nonlocal forged
        answer = gar.answers("_" + "0" * 72, site=site, who=0, known=True)
        while not over.is_set():
            forged += refused(site, answer)

    forger = threading.Thread(target=forges)
    if attacked:
        forger.start()
    with ThreadPoolExecutor(35) as pool:
        waited = sorted(pool.map(comes, range(RUSH)))
    took = time.perf_counter() - begun
    over.set()
    if attacked:
        forger.join()
    median, slow = waited[len(waited) // 2], waited[int(len(waited) * 0.95)]
    return (
        f"{len(waited)} of {RUSH} in, {took:.0f} s, median {median * 1000:.0f} ms, p95 {slow * 1000:.0f} ms"
        + (f"; {forged} forged answers refused meanwhile" if attacked else "")
    )


def fill() -> None:
    """Two halves of one school: pupils whose identity is known, and pupils who never came."""
    import django

    django.setup()
    from allauth.socialaccount.models import SocialAccount
    from django.utils import timezone

    from preau.accounts.models import Account
    from preau.attachments.models import Attachment, How
    from preau.establishments.models import Establishment
    from preau.rosterfiles.names import fold, sort_key
    from preau.rosters.models import Division, Learner

    at = timezone.now()
    school = Establishment.objects.create(uai=UAI, name="Collège des Quatre-Tilleuls", town="Saint-Œgly")
    division = Division.objects.create(establishment=school, name="6A", key="6a")
    names = [
        (first_name(who), last_name(who, known=known)) for known in (True, False) for who in range(PUPILS)
    ]
    learners = Learner.objects.bulk_create(
        Learner(
            establishment=school,
            division=division,
            first_name=first,
            last_name=last,
            birth_date=date(2014, 1, 1) + timedelta(days=rank % 300),
            search_key=fold(f"{last} {first}"),
            sort_key=sort_key(f"{last} {first}"),
            local_id=str(rank),
        )
        for rank, (first, last) in enumerate(names)
    )
    accounts = Account.objects.bulk_create(
        Account(first_name=one.first_name, last_name=one.last_name, birth_date=one.birth_date, password="!")
        for one in learners[:PUPILS]
    )
    Attachment.objects.bulk_create(
        Attachment(learner=learner, account=account, establishment=school, made_at=at, made_how=How.SSO)
        for learner, account in zip(learners, accounts, strict=False)
    )
    SocialAccount.objects.bulk_create(
        SocialAccount(user=one, provider="gar", uid=ido(who, known=True), extra_data={"uais": [UAI]})
        for who, one in enumerate(accounts)
    )


class Parts:
    """Where the seconds of an arrival go."""

    def __init__(self) -> None:
        self.spent = {"signatures": 0.0, "database": 0.0}

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its seconds counted under this name."""

        def run(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self.spent[name] += time.perf_counter() - begun

        return run

    def query(self, execute: Callable[..., Any], *args: Any) -> Any:
        """Count the seconds of every statement."""
        return self.timed("database", execute)(*args)


def split() -> None:
    """One arrival at a time, in this process: signatures, database, rest."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    from preau.accounts.providers import saml_response

    parts, gar, site = Parts(), Gar(Path(settings.VAR_DIR)), settings.SITE_HOST
    OneLogin_Saml2_Auth.login = parts.timed("signatures", OneLogin_Saml2_Auth.login)
    saml_response.read_response = parts.timed("signatures", saml_response.read_response)

    browser = Client(SERVER_NAME="127.0.0.1")

    def visit(who: int, known: bool) -> float:
        browser.cookies.clear()  # somebody else; a new client would load the middleware again
        begun = time.perf_counter()
        asked = number_of(browser.get(TILE)["Location"])
        took = time.perf_counter() - begun
        answer = gar.answers(asked, site=site, who=who, known=known)
        begun = time.perf_counter()
        there: Any = browser.post(ACS, urlencode({"SAMLResponse": answer}), content_type=FORM)
        while there.status_code in {302, 303}:
            there = browser.get(urlsplit(there["Location"]).path)
        assert there.status_code == 200, there.status_code
        return took + time.perf_counter() - begun

    for known in (True, False):
        visit(PUPILS - 1, known)
        parts.spent.update(signatures=0.0, database=0.0)
        with connection.execute_wrapper(parts.query):
            whole = sum(visit(who, known) for who in range(100))
        rest = whole - sum(parts.spent.values())
        said = [
            f"{name} {seconds * 10:.1f} ms ({seconds / whole:.0%})" for name, seconds in parts.spent.items()
        ]
        what = "known" if known else "unknown"
        print(
            f"  one {what} arrival {whole * 10:.1f} ms: {', '.join(said)}, rest {rest * 10:.1f} ms",
            flush=True,
        )


def measure(name: str, url: str, *, crowd: bool) -> None:
    """Print what one database does."""
    with prepared(url) as (gar, env, port):
        with serving(env, port) as site:
            arrivals(site, gar, known=True, count=24)  # the first requests import and connect
            for known in (True, False):
                pace, slow = arrivals(site, gar, known=known, count=PUPILS)
                what = "known" if known else "unknown"
                print(
                    f"{name}, one process: {pace:.0f} {what} arrivals/s, p95 {slow * 1000:.0f} ms", flush=True
                )
            if crowd:
                print(f"{name}, {RUSH} in one minute from one address: {rush(site, gar)}", flush=True)
                print(f"{name}, the same under attack: {rush(site, gar, attacked=True)}", flush=True)
        env["PREAU_INSTANCE"] = str(port)  # its static files
        subprocess.run([sys.executable, "-m", "bench.arrivals", "--split"], env=env, check=True)
    print(f"  load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    """Both databases when PostgreSQL is there, the rush on PostgreSQL."""
    measure("SQLite", "", crowd=False)
    from tests.postgres import temporary_postgresql

    try:
        with temporary_postgresql() as url:
            measure("PostgreSQL", url, crowd=True)
    except RuntimeError as missing:
        print(f"PostgreSQL: {missing}")


if __name__ == "__main__":
    {"--fill": fill, "--split": split}.get(sys.argv[-1], main)()
