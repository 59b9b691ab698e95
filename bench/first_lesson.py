"""The first lesson of the year: whole classes arrive at once; how many pupils a minute does this machine carry?

`python -m bench.first_lesson [--seconds 10] [--processes 1 2]`, on PostgreSQL. A third of the pupils type a card and
choose a password, a third type theirs, a third come from the Médiacentre (SAML); all then open their page and their
code; the boards of three classes ask every four seconds. A class comes from one address. Pupils arrive evenly, at a
pace that is raised until 95 % of the pages take more than 500 ms. The ceilings are those of the same server in the same
minute: an empty view, one Argon2id. Clients share the processors, and sign what the Médiacentre says. At the end one
pupil of each kind is taken apart: hashing, database, templates, signatures, rest.
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil

from bench.arrivals import number_of
from bench.gar import ACS, TILE, Gar, ido

CLASSES, PUPILS = 30, 30
CODE = "/code/BDFGHK274/"
TAKEN_APART = 40  # pupils of each kind
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
        body = urlencode({**typed, "csrfmiddlewaretoken": self.cookies["preau-csrf"]}) if typed else None
        page, _ = self.go(path, body, 302 if typed else 200)
        return page

    def go(self, path: str, body: str | None = None, status: int = 302) -> tuple[str, str]:
        """What is shown, and where it leads."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body:
            headers["Content-Type"] = FORM
        begun = time.perf_counter()
        self.connection.request("POST" if body else "GET", path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        self.waited.append(time.perf_counter() - begun)
        for line in answer.headers.get_all("Set-Cookie", []):
            name, value = line.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value
        there = str(answer.headers.get("Location") or "")
        if min(answer.status, 302) != status:  # 303 leads on as well
            raise RuntimeError(f"{path}: {answer.status} {there} {page[:3000]}")
        return page, there

    def close(self) -> None:
        """Gone."""
        self.connection.close()


def by_password(browser: Browser, who: dict[str, str]) -> None:
    """An identifier, a password, the pupil's page."""
    browser.ask("/connexion/")
    browser.ask("/connexion/", identifier=who["username"], password=PHRASE)
    browser.ask("/moi/")
    browser.go(CODE)


def by_card(browser: Browser, who: dict[str, str]) -> None:
    """A card, « C’est moi », a password, the pupil's page."""
    browser.ask("/carte/")
    browser.ask("/carte/", code=who["card"])
    key = _key(browser.ask("/c-est-moi/"))
    browser.ask("/c-est-moi/", key=key, moi="oui")
    key = _key(browser.ask("/mot-de-passe/"))
    browser.ask("/mot-de-passe/", key=key, username="", password=PHRASE)
    browser.ask("/moi/")
    browser.go(CODE)


def by_ent(browser: Browser, who: dict[str, str], gar: Gar, site: str) -> None:
    """The tile of the Médiacentre, its answer brought from its own site, the pupil's page."""
    _, there = browser.go(TILE)
    answer = gar.answers(number_of(there), site=site, who=int(who["ent"]), known=True)
    kept, browser.cookies = browser.cookies, {}
    _, there = browser.go(ACS, urlencode({"SAMLResponse": answer, "RelayState": "x"}))
    browser.cookies = {**kept, **browser.cookies}
    while urlsplit(there).path not in {"", "/moi/"}:
        _, there = browser.go(urlsplit(there).path)
    browser.ask("/moi/")
    browser.go(CODE)


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no key")
    return found.group(1)


def lesson(
    port: int, people: Iterator[dict[str, str]], gar: Gar, pace: int, seconds: float
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
        if "ent" in who:
            by_ent(browser, who, gar, f"127.0.0.1:{port}")
        else:
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
def serving(
    url: str, processes: int, *, taken_apart: bool
) -> Iterator[tuple[int, psutil.Process, dict[str, object], Gar]]:
    """The product on this database with its people; the port, the process and who is to come."""
    from bench.signins import _wait_for
    from tests.postgres import _free_port

    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var:
        gar = Gar(Path(var))
        env = {
            **os.environ,
            **gar.environment(),
            "DJANGO_SETTINGS_MODULE": "preau.settings",
            "PREAU_VAR": var,
        }
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
            yield port, psutil.Process(server.pid), json.loads(out.read_text()), gar
        finally:
            server.terminate()
            server.wait(90)
        if taken_apart:
            env["PREAU_INSTANCE"] = str(port)  # its static files
            subprocess.run(
                [sys.executable, "-m", "bench.first_lesson", "--split", str(out)], env=env, check=True
            )


def fill(out: str) -> None:
    """Classes of pupils: the first half have a card each, the others a password; a teacher's board for three."""
    import django

    django.setup()
    from allauth.socialaccount.models import SocialAccount
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
    people, ents = [], []
    known = Attachment.objects.select_related("account", "learner").filter(learner__status="PRESENT")
    held = dict(SocialAccount.objects.values_list("user", "pk"))
    for one in known.order_by("pk"):
        group = one.learner.division_id % CLASSES
        if one.account_id in held:
            ents.append({"ent": len(ents), "group": group})
            said = {"uid": ido(len(ents) - 1, known=True), "extra_data": {"uais": [pupils_tab.UAI]}}
            SocialAccount.objects.filter(pk=held[one.account_id]).update(**said)
        else:
            people.append({"username": one.account.username, "group": group})
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
    mixed = [one for three in zip(people, cards, ents, strict=False) for one in three]
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


class Shares:
    """Where the seconds go: what is called inside something else is taken from it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = dict.fromkeys(
            ("hachage", "base", "gabarits", "signatures", "reste"), 0.0
        )
        self._stack, self._since = ["reste"], time.perf_counter()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.spent[self._stack[-1]] += now - self._since
        self._since = now

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its seconds counted under this name."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._turn()
            self._stack.append(name)
            try:
                return call(*args, **kwargs)
            finally:
                self._turn()
                self._stack.pop()

        return run


class Inside(Browser):
    """The same pupil in this process: no network, no other process."""

    def __init__(self, client: Any, shares: Shares) -> None:
        self.client, self.shares = client, shares
        self.cookies, self.waited = {}, []

    def go(self, path: str, body: str | None = None, status: int = 302) -> tuple[str, str]:
        self.client.cookies.clear()
        for name, value in self.cookies.items():
            self.client.cookies[name] = value
        ask = self.shares.timed("reste", self.client.post if body else self.client.get)
        answer = ask(path, *([body, FORM] if body else []))
        assert min(answer.status_code, 302) == status, (path, answer.status_code)
        self.cookies |= {name: morsel.value for name, morsel in answer.cookies.items()}
        return answer.content.decode(), answer.headers.get("Location", "")


def split(out: str) -> None:
    """Those who come last, one at a time in this process: where their seconds go."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.template.backends.django import Template
    from django.test import Client
    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    from preau.accounts.hashers import Argon2id
    from preau.accounts.providers import saml_response

    shares, gar = Shares(), Gar(Path(settings.VAR_DIR))
    for holder, name, what in (
        *((Argon2id, name, "hachage") for name in ("encode", "verify")),
        (Template, "render", "gabarits"),
        (OneLogin_Saml2_Auth, "login", "signatures"),
        (saml_response, "read_response", "signatures"),
    ):
        setattr(holder, name, shares.timed(what, getattr(holder, name)))
    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT=settings.SITE_HOST.split(":")[1])
    last = json.loads(Path(out).read_text())["people"][-3 * TAKEN_APART - 3 :]
    ways = {"par carte": "card", "par mot de passe": "username", "par le Médiacentre": "ent"}

    def comes(who: dict[str, str]) -> None:
        browser = Inside(client, shares)
        if "ent" in who:
            by_ent(browser, who, gar, settings.SITE_HOST)
        else:
            (by_card if "card" in who else by_password)(browser, who)

    for who in last[:3]:
        comes(who)  # the first ones import and compile
    print("| Un élève | Hachage | Base | Gabarits | Signatures | Reste | Total |\n" + "| --- " * 7 + "|")
    with connection.execute_wrapper(lambda execute, *args: shares.timed("base", execute)(*args)):
        for way, key in ways.items():
            shares.spent = dict.fromkeys(shares.spent, 0.0)
            asked = [who for who in last[3:] if key in who]
            for who in asked:
                comes(who)
            each = [seconds * 1000 / len(asked) for seconds in shares.spent.values()]
            print(f"| {way} | {' | '.join(f'{ms:.1f} ms' for ms in (*each, sum(each)))} |", flush=True)


def measure(url: str, processes: int, seconds: float, *, taken_apart: bool) -> float:
    """Raise the pace until the pages are too slow; print each step; how many pupils a minute were carried.

    Between the last pace that was fast enough and the first that was not, as a straight line would have it.
    """
    from bench.signins import ceiling, spent

    with serving(url, processes, taken_apart=taken_apart) as (port, server, said, gar):
        people, stop = iter(said["people"]), threading.Event()  # type: ignore[call-overload]
        lesson(port, people, gar, 120, 2)  # the first requests import and connect
        boards = threading.Thread(target=_boards, args=(port, said, stop), daemon=True)
        boards.start()
        carried, around, fast = 0, 0.0, 0.0
        for pace in PACES:
            before = spent(server)
            slow, late, number = lesson(port, people, gar, pace, seconds)
            busy = (spent(server) - before) / max(number, 1) * 1000
            print(
                f"{processes} processus, {pace} élèves/min : 95 % sous {slow * 1000:.0f} ms, {busy:.0f} ms de"
                f" processeur par élève, retard {late:.1f} s, charge {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            if slow > GOOD:
                around = carried + (pace - carried) * (GOOD - fast) / (slow - fast)
                break
            carried, around, fast = pace, pace, slow
        stop.set()
        boards.join(10)
        bare = empty_views(port, 3)
    hashes, one = ceiling(3)
    print(
        f"{processes} processus : {carried} élèves/min tenus, environ {around:.0f} ; page sans base {bare:.0f}/s ;"
        f" Argon2id nu {hashes:.0f}/s"
        f" ({one * 1000:.0f} ms)",
        flush=True,
    )
    return around


def main() -> None:
    """One process, then two: what one more core brings."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    parser.add_argument("--split", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill or options.split:
        fill(options.fill) if options.fill else split(options.split)
        return
    from tests.postgres import temporary_postgresql

    carried = []
    for processes in options.processes:
        with temporary_postgresql() as url:
            last = processes == options.processes[-1]
            carried.append(measure(url, processes, options.seconds, taken_apart=last))
    if len(carried) > 1 and carried[0]:
        print(f"Un processus, donc un cœur, de plus : {carried[-1] / carried[0]:.2f} fois plus d’élèves")


if __name__ == "__main__":
    main()
