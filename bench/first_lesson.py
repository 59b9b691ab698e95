"""The first lesson of the year: whole classes arrive at once; how many pupils a minute does this machine carry?

`python -m bench.first_lesson [--seconds 10] [--processes 1 2]`, on PostgreSQL. Half of the pupils type a card, choose
a password, half type theirs; all then open their page; the board of each class asks every four seconds. A class comes
from one address. Pupils arrive evenly, at a pace that is raised until 95 % of the pages take more than 500 ms. The
ceilings are those of the same server in the same minute: an empty view, one Argon2id. Clients share the processors.
(By the Médiacentre: `bench.arrivals`.)
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psutil

CLASSES, PUPILS = 30, 30
TOKEN = "a" * 43
PHRASE = "quatre tilleuls et un banc"
PACES = (120, 240, 360, 480, 720, 960, 1440)  # pupils a minute
GOOD = 0.5  # seconds that 95 % of the pages may take
FORM = "application/x-www-form-urlencoded"


class Browser:
    """One pupil, from the address of their class: a connection, its cookies, and how long each page took."""

    def __init__(self, port: int, group: int) -> None:
        self.cookies: dict[str, str] = {}
        self.waited: list[float] = []
        address = (f"127.0.1.{group + 1}", 0)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=address)

    def ask(self, path: str, **typed: str) -> str:
        """A page, or what a form leads to."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if typed:
            body = urlencode({**typed, "csrfmiddlewaretoken": self.cookies["preau-csrf"]})
            headers["Content-Type"] = FORM
        begun = time.perf_counter()
        self.connection.request("POST" if typed else "GET", path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        self.waited.append(time.perf_counter() - begun)
        for line in answer.headers.get_all("Set-Cookie", []):
            name, value = line.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value
        if answer.status != (302 if typed else 200):
            raise RuntimeError(f"{path}: {answer.status} {answer.headers.get('Location')} {page[:3000]}")
        return page

    def close(self) -> None:
        """Gone."""
        self.connection.close()


def by_password(browser: Browser, who: dict[str, str]) -> None:
    """An identifier, a password, the pupil's page."""
    browser.ask("/connexion/")
    browser.ask("/connexion/", identifier=who["username"], password=PHRASE)
    browser.ask("/moi/")


def by_card(browser: Browser, who: dict[str, str]) -> None:
    """A card, « C’est moi », a password, the pupil's page."""
    browser.ask("/carte/")
    browser.ask("/carte/", code=who["card"])
    key = _key(browser.ask("/c-est-moi/"))
    browser.ask("/c-est-moi/", key=key, moi="oui")
    key = _key(browser.ask("/mot-de-passe/"))
    browser.ask("/mot-de-passe/", key=key, username="", password=PHRASE)
    browser.ask("/moi/")


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no key")
    return found.group(1)


def lesson(
    port: int, people: Iterator[dict[str, str]], pace: int, seconds: float
) -> tuple[float, float, int]:
    """Let pupils arrive at this pace; the 95th percentile of a page, how late the last one was, how many came."""
    number, begun = int(pace * seconds / 60), time.perf_counter()
    ones = [next(people) for _ in range(number)]
    waited: list[float] = []
    late = 0.0

    def comes(rank: int) -> None:
        nonlocal late
        due = begun + rank * 60 / pace
        time.sleep(max(0.0, due - time.perf_counter()))
        browser, who = Browser(port, int(ones[rank]["group"])), ones[rank]
        (by_card if "card" in who else by_password)(browser, who)
        browser.close()
        waited.extend(browser.waited)
        late = max(late, time.perf_counter() - begun - seconds)

    with ThreadPoolExecutor(60) as pool:
        list(pool.map(comes, range(number)))
    waited.sort()
    return waited[int(len(waited) * 0.95)], late, number


def _boards(port: int, said: dict[str, object], stop: threading.Event) -> None:
    """The board of every class that has one, every four seconds, one after the other."""
    boards = list(said["boards"])  # type: ignore[call-overload]
    while not stop.is_set():
        for path in boards:
            browser = Browser(port, 100)
            browser.cookies["preau"] = str(said["teacher"])
            browser.ask(path)
            browser.close()
            if stop.wait(4 / len(boards)):
                return


@contextmanager
def serving(url: str, processes: int) -> Iterator[tuple[int, psutil.Process, dict[str, object]]]:
    """The product on this database with its people; the port, the process and who is to come."""
    from bench.signins import _wait_for
    from tests.postgres import _free_port

    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "preau.settings", "PREAU_VAR": var}
        env |= {
            "DATABASE_URL": url,
            "PREAU_LOG_LEVEL": "ERROR",
            "PREAU_LOCAL_URL": f"http://127.0.0.1:{port}",
        }
        out = Path(var, "people.json")
        subprocess.run([sys.executable, "-m", "preau", "migrate", "-v0"], env=env, check=True)
        subprocess.run([sys.executable, "-m", "bench.first_lesson", "--fill", str(out)], env=env, check=True)
        serve = [sys.executable, "-m", "preau", "serve", "--port", str(port), "--workers", str(processes)]
        server = subprocess.Popen([*serve, "--tasks", "0"], env=env, stdout=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield port, psutil.Process(server.pid), json.loads(out.read_text())
        finally:
            server.terminate()
            server.wait(90)


def fill(out: str) -> None:
    """Classes of pupils: the first half have a card each, the others a password; a teacher's board for three."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.test import Client
    from django.utils import timezone

    from bench import pupils_tab
    from preau.accounts.models import Account
    from preau.attachments.actions import make_cards
    from preau.attachments.codes import derive_code
    from preau.attachments.models import Attachment
    from preau.classroom.actions import open_session
    from preau.rosters.models import Division, Learner

    at, staff = timezone.now(), pupils_tab.fill(CLASSES * PUPILS * 2)
    Account.objects.filter(attachments__isnull=False).update(password=make_password(PHRASE))
    people = [
        {"username": one.account.username, "group": one.learner.division_id % CLASSES}
        for one in Attachment.objects.select_related("account", "learner").filter(learner__status="PRESENT")
    ]
    strangers = list(Learner.objects.present().filter(attachments=None).order_by("pk"))
    make_cards(
        learners=strangers, token=TOKEN, batch_number="2026-001", by=staff, at=at,
        expires_at=at + timedelta(days=9),
    )  # fmt: skip
    cards = [
        {"card": derive_code(TOKEN, rank, key=settings.CARD_KEYS[0]), "group": one.division_id % CLASSES}
        for rank, one in enumerate(strangers, 1)
    ]
    opened = [
        open_session(division=one, minutes=120, by=staff, at=at)
        for one in Division.objects.order_by("pk")[:3]
    ]
    desk = Client()
    desk.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    boards = [f"/e/{pupils_tab.UAI}/seances/{one.pk}/" for one in opened]
    mixed = [one for pair in zip(people, cards, strict=False) for one in pair]
    said = {"people": mixed, "boards": boards, "teacher": desk.cookies["preau"].value}
    Path(out).write_text(json.dumps(said), encoding="utf-8")


def empty_views(port: int, seconds: float) -> float:
    """Pages a second that read nothing: the accessibility page, eight at once."""
    end = time.monotonic() + seconds

    def asks(rank: int) -> int:
        browser = Browser(port, rank)
        while time.monotonic() < end:
            browser.ask("/accessibilite/")
        browser.close()
        return len(browser.waited)

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(asks, range(8))) / seconds


def measure(url: str, processes: int, seconds: float) -> None:
    """Raise the pace until the pages are too slow; print each step."""
    from bench.signins import ceiling, spent

    with serving(url, processes) as (port, server, said):
        people, stop = iter(said["people"]), threading.Event()  # type: ignore[call-overload]
        lesson(port, people, 120, 2)  # the first requests import and connect
        boards = threading.Thread(target=_boards, args=(port, said, stop), daemon=True)
        boards.start()
        carried = 0
        for pace in PACES:
            before = spent(server)
            slow, late, number = lesson(port, people, pace, seconds)
            busy = (spent(server) - before) / max(number, 1) * 1000
            print(
                f"{processes} processus, {pace} élèves/min : 95 % sous {slow * 1000:.0f} ms, {busy:.0f} ms de"
                f" processeur par élève, retard {late:.1f} s, charge {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            if slow > GOOD:
                break
            carried = pace
        stop.set()
        boards.join(10)
        bare = empty_views(port, 3)
    hashes, one = ceiling(3)
    print(
        f"{processes} processus : {carried} élèves/min ; page sans base {bare:.0f}/s ; Argon2id nu {hashes:.0f}/s"
        f" ({one * 1000:.0f} ms)",
        flush=True,
    )


def main() -> None:
    """One process, then two: what one more core brings."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        fill(options.fill)
        return
    from tests.postgres import temporary_postgresql

    for processes in options.processes:
        with temporary_postgresql() as url:
            measure(url, processes, options.seconds)


if __name__ == "__main__":
    main()
