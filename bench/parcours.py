"""The parcours at speed: python -m bench.parcours [seconds].

How long choosing the next question takes, from 150 to 5,000 questions; then 500 pupils in the middle of a parcours who
answer at the same time, two processes on PostgreSQL: read the question, send the answer, be sent to the next one.
"""

from __future__ import annotations

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
from dataclasses import dataclass
from random import Random

from bench.signins import _wait_for

PUPILS, PROCESSES, CLIENTS, DEEP = 500, 2, 16, 24


@dataclass(frozen=True)
class Rung:
    id: str
    competence: str
    level: int
    order: int


def choosing(count: int) -> tuple[float, float]:
    """Microseconds to choose after 24 answers, with `count` skills in 16 chains: without and with calibration."""
    from preau.parcours.adaptive import Climb, Limits, Stop, chains_of
    from preau.parcours.rasch import Scaled, Weighing, scales_of

    rungs = [Rung(f"r{n}", f"{n % 16}", 1 + n // 16 * 8 // (count // 16 + 1), n) for n in range(count)]
    chains, luck, limits = chains_of(rungs), Random(1), Limits(96)
    answers: list[tuple[str, bool, float]] = []
    for _ in range(DEEP):
        step = Climb(chains, answers).next_skill(limits, seed=4)
        assert not isinstance(step, Stop)
        answers.append((step, luck.random() < 0.6, luck.choice([0.0, 0.0, 0.25])))
    scales = scales_of(
        (Scaled(r.id, r.competence, r.level + luck.random()) for r in rungs),
        {str(n): 8 for n in range(16)},
    )
    said = [(f"r{n}", luck.random() < 0.6) for n in range(DEEP)]
    return (
        _best(lambda: Climb(chains, answers).next_skill(limits, seed=4)),
        _best(lambda: Weighing(scales, said).next_item(limits, seed=4)),
    )


def _best(work: object, rounds: int = 7, each: int = 200) -> float:
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(each):
            work()  # type: ignore[operator]
        took.append((time.perf_counter() - start) / each)
    return min(took) * 1e6


def fill() -> None:
    """Put in a school whose pupils are all in the middle of a parcours, and print their sessions."""
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from preau.accounts.models import Account
    from preau.attachments.models import Attachment, How
    from preau.campaigns.actions import CampaignWish, begin, create_campaign
    from preau.campaigns.models import CampaignKind
    from preau.establishments.models import Establishment
    from preau.rosters.models import Division, Learner

    now = timezone.now()
    school = Establishment.objects.create(uai="0931434D", name="Collège des Quatre-Tilleuls", town="X")
    division = Division.objects.create(establishment=school, name="6A", key="6a")
    staff = Account.objects.create(email="boeuf@bench.example")
    wish = CampaignWish("Rentrée", "", now, None, (), kind=CampaignKind.SIXTEEN)
    campaign = create_campaign(establishment=school, wish=wish, by=staff, at=now)
    for rank in range(PUPILS):
        learner = Learner.objects.create(
            establishment=school, first_name=f"P{rank}", last_name="N", division=division
        )
        account = Account.objects.create(username=f"eleve.{rank}")
        Attachment.objects.create(
            learner=learner, establishment=school, account=account, made_at=now, made_how=How.CARD
        )
        attempt = begin(campaign=campaign, learner=learner, account=account, at=now).attempt
        browser = Client()
        browser.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        print(f"{browser.cookies[settings.SESSION_COOKIE_NAME].value} {attempt.pk}")


@contextmanager
def serving(url: str) -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """The product with two processes on this database; yields the port, and each pupil's session and attempt."""
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
        env["PREAU_LOG_LEVEL"] = "ERROR"
        subprocess.run([sys.executable, "-m", "preau", "migrate", "-v0"], env=env, check=True)
        filling = [sys.executable, "-m", "bench.parcours", "--fill"]
        said = subprocess.run(filling, env=env, check=True, capture_output=True, text=True).stdout
        people = [(key, int(pk)) for key, pk in (line.split() for line in said.splitlines())]
        serve = [sys.executable, "-m", "preau", "serve", "--port", str(port), "--workers", str(PROCESSES)]
        server = subprocess.Popen([*serve, "--tasks", "0"], env=env, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield port, people
        finally:
            server.terminate()
            server.wait(20)


HIDDEN = re.compile(rb'name="(csrfmiddlewaretoken|rank|item|key)" value="([^"]*)"')
COOKIE = re.compile(rb"[Ss]et-[Cc]ookie: +(preau-csrf=[^;]+)")


class Pupil:
    """One pupil's browser, as a machine: read the question, pass it, follow."""

    def __init__(self, port: int, session: str, attempt: int) -> None:
        self.host, self.at = f"127.0.0.1:{port}", f"/mon-parcours/{attempt}/"
        self.cookies = [f"preau={session}"]
        self.over = False

    def get(self) -> bytes:
        """Ask for the question."""
        return f"GET {self.at} HTTP/1.1\r\nHost: {self.host}\r\nCookie: {'; '.join(self.cookies)}\r\n\r\n".encode()

    def post(self, page: bytes) -> bytes | None:
        """Answer the question of this page, or go past the checkpoint; None at the end."""
        if found := COOKIE.search(page):
            self.cookies = [self.cookies[0], found[1].decode()]
        hidden = dict(HIDDEN.findall(page))
        if b"csrfmiddlewaretoken" not in hidden or b"/envoyer/" in page:
            return None
        end = "reponse/" if b"rank" in hidden else "suite/"
        body = b"&".join(k + b"=" + v for k, v in hidden.items()) + (b"&pass=1" if b"rank" in hidden else b"")
        head = (
            f"POST {self.at}{end} HTTP/1.1\r\nHost: {self.host}\r\nCookie: {'; '.join(self.cookies)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Line:
    """One connection, the pupil it serves now, and what has come back."""

    pupil: Pupil
    posting: bool
    sent: float
    back: bytes = b""


def answering(
    port: int, people: list[tuple[str, int]], seconds: float
) -> tuple[float, list[float], list[float]]:
    """Answers per second, and how long each answer and each page took."""
    waiting = [Pupil(port, *one) for one in people]
    selector, answers, pages = selectors.DefaultSelector(), [], []
    start = time.monotonic()
    end = start + seconds

    def send(connection: socket.socket, line: Line, words: bytes) -> None:
        line.sent, line.back = time.monotonic(), b""
        connection.sendall(words)
        selector.modify(connection, selectors.EVENT_READ, line)

    def another(connection: socket.socket) -> None:
        if time.monotonic() > end or not waiting:
            selector.unregister(connection)
            connection.close()
            return
        line = Line(waiting.pop(0), posting=False, sent=0.0)
        send(connection, line, line.pupil.get())

    for _ in range(CLIENTS):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        selector.register(connection, selectors.EVENT_READ)
        another(connection)
    while selector.get_map():
        for key, _ in selector.select():
            connection, line = key.fileobj, key.data
            line.back += connection.recv(262_144)  # type: ignore[union-attr]
            if not _whole(line.back):
                continue
            took = time.monotonic() - line.sent
            if line.posting:
                assert line.back.startswith(b"HTTP/1.1 302 "), line.back[:300]
                answers.append(took)
                waiting.append(line.pupil)
                another(connection)  # type: ignore[arg-type]
                continue
            assert line.back.startswith(b"HTTP/1.1 200 "), line.back[:300]
            pages.append(took)
            words = line.pupil.post(line.back)
            if words is None:
                another(connection)  # type: ignore[arg-type]
                continue
            line.posting = True
            send(connection, line, words)  # type: ignore[arg-type]
    return len(answers) / (time.monotonic() - start), sorted(answers), sorted(pages)


def _whole(back: bytes) -> bool:
    head, cut, body = back.partition(b"\r\n\r\n")
    if not cut:
        return False
    length = re.search(rb"[Cc]ontent-[Ll]ength: (\d+)", head)
    return len(body) >= int(length[1]) if length else True


def main() -> None:
    """Both tables."""
    print("| Questions | Choisir, µs | avec calibrage, µs |\n| ---: | ---: | ---: |")
    for count in (160, 1000, 5000):
        print("| {} | {:.0f} | {:.0f} |".format(count, *choosing(count)), flush=True)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    from tests.postgres import temporary_postgresql

    with temporary_postgresql() as url, serving(url) as (port, people):
        answering(port, people[:20], 1)  # the first requests import and connect
        rate, answers, pages = answering(port, people[20:], seconds)
    print(
        f"{PUPILS} pupils: {rate:.0f} answers/s, each after reading its page;"
        f" answer 95 % under {answers[int(len(answers) * 0.95)] * 1000:.0f} ms,"
        f" page 95 % under {pages[int(len(pages) * 0.95)] * 1000:.0f} ms;"
        f" {CLIENTS} at once, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    fill() if sys.argv[1:] == ["--fill"] else main()
