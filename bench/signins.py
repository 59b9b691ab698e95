"""Sign-ins by password per second against the bare Argon2id of the same minute: python -m bench.signins [seconds].

Two processes hash and do nothing else, then the product serves real sign-ins with two processes (CSRF token, new
session, journal), then again: a busy machine slows both. Clients and server share the machine's processors.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from urllib.parse import urlencode

import psutil

PROCESSES, CLIENTS, PEOPLE, ROUNDS = 2, 8, 400, 3
PASSWORD = "quatre tilleuls et un banc"


def _hash_until(seconds: float, counted: multiprocessing.Queue[tuple[int, float]]) -> None:
    from argon2 import PasswordHasher, Type

    hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
    known = hasher.hash(PASSWORD)
    end, done, begun = time.monotonic() + seconds, 0, time.process_time()
    while time.monotonic() < end:
        hasher.verify(known, PASSWORD)
        done += 1
    counted.put((done, time.process_time() - begun))


def ceiling(seconds: float) -> tuple[float, float]:
    """Verifications per second of two processes that do nothing else, and processor seconds of one."""
    counted: multiprocessing.Queue[tuple[int, float]] = multiprocessing.Queue()
    hashing = [multiprocessing.Process(target=_hash_until, args=(seconds, counted)) for _ in range(PROCESSES)]
    for process in hashing:
        process.start()
    done, spent = map(sum, zip(*(counted.get() for _ in hashing), strict=True))
    for process in hashing:
        process.join()
    return done / seconds, spent / done


@contextmanager
def serving(url: str, bench: str = "bench.signins") -> Iterator[tuple[int, psutil.Process]]:
    """The product on this database, with the people of a benchmark; yields the port and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var:
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "preau.settings",
            "PREAU_VAR": var,
            "DATABASE_URL": url,
        }
        env["PREAU_LOG_LEVEL"] = "WARNING"
        if not url:
            env["DATABASE_URL"] = f"sqlite:///{var}/bench.sqlite3"
        fill = [sys.executable, "-m", bench, "--fill"]
        subprocess.run([sys.executable, "-m", "preau", "migrate", "-v0"], env=env, check=True)
        subprocess.run(fill, env=env, check=True)
        serve = [sys.executable, "-m", "preau", "serve", "--port", str(port), "--workers", str(PROCESSES)]
        server = subprocess.Popen([*serve, "--tasks", "0"], env=env, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield port, psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(20)


def fill() -> None:
    """Put in the people who will sign in, all with one password: only entering is timed."""
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password

    from preau.accounts.models import Account

    known = make_password(PASSWORD)
    Account.objects.bulk_create(Account(username=f"eleve.{rank}", password=known) for rank in range(PEOPLE))


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _requests(port: int) -> list[bytes]:
    """One sign-in a person, ready to send: what the client spends is taken from the server's processors."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/connexion/")
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    cookie = str(answer.headers["Set-Cookie"]).split(";", 1)[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, "the sign-in page has no token"
    ready = []
    for rank in range(PEOPLE):
        typed = {"identifier": f"eleve.{rank}", "password": PASSWORD, "csrfmiddlewaretoken": found.group(1)}
        body = urlencode(typed)
        ready.append(
            f"POST /connexion/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return ready


def _enter(port: int, seconds: float) -> list[float]:
    """Browsers that each sign in, forget their session, and sign in as somebody else; the seconds of each."""
    ready, waited = cycle(_requests(port)), []
    selector = selectors.DefaultSelector()

    def send(connection: socket.socket) -> None:
        connection.sendall(next(ready))
        selector.modify(connection, selectors.EVENT_READ, time.monotonic())

    for _ in range(CLIENTS):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        selector.register(connection, selectors.EVENT_READ)
        send(connection)
    end = time.monotonic() + seconds
    while selector.get_map():
        for key, _ in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            answer, now = connection.recv(65_536), time.monotonic()
            assert answer.startswith(b"HTTP/1.1 302 "), f"not signed in: {answer!r}"
            assert answer.endswith(b"\r\n\r\n"), "the answer came in pieces"
            waited.append(now - key.data)
            if now < end:
                send(connection)
            else:
                selector.unregister(connection)
                connection.close()
    return sorted(waited)


def spent(server: psutil.Process) -> float:
    """Processor seconds of the server and its workers so far."""
    every = [one.cpu_times() for one in (server, *server.children(recursive=True))]
    return sum(times.user + times.system for times in every)


def sign_ins(port: int, server: psutil.Process, seconds: float) -> tuple[float, float, float]:
    """Sign-ins per second, processor seconds of one in the server, and the 95th percentile of their seconds."""
    begun, start = spent(server), time.monotonic()
    every = _enter(port, seconds)
    took, used = time.monotonic() - start, spent(server) - begun
    return len(every) / took, used / len(every), every[int(len(every) * 0.95)]


def measure(name: str, url: str, seconds: float) -> None:
    """Print one line for one database."""
    with serving(url) as (port, server):
        sign_ins(port, server, 1)  # the first requests import and connect
        rounds = []
        for _ in range(ROUNDS):
            bare, one_hash = ceiling(seconds)
            entered, one_entry, slow = sign_ins(port, server, seconds)
            rounds.append((one_hash / one_entry, entered / bare, bare, entered, slow))
    work, ratio, bare, entered, slow = sorted(rounds)[len(rounds) // 2]
    spread = ", ".join(f"{one[1]:.0%}" for one in rounds)
    print(
        f"{name}: {entered:.0f} sign-ins/s, bare Argon2id {bare:.0f}/s: {ratio:.0%} (rounds {spread});"
        f" Argon2id is {work:.0%} of the server's processor time;"
        f" 95 % under {slow * 1000:.0f} ms; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    """Both databases when PostgreSQL is there."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    measure("SQLite", "", seconds)
    from tests.postgres import temporary_postgresql

    try:
        with temporary_postgresql() as url:
            measure("PostgreSQL", url, seconds)
    except RuntimeError as missing:
        print(f"PostgreSQL: {missing}")


if __name__ == "__main__":
    fill() if sys.argv[1:] == ["--fill"] else main()
