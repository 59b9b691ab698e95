"""A deployment under load, made of deploy/: its proxy, the commands of its units, its settings; then things fall.

`python -m bench.deployment [--seconds 12] [--clients 8] [--burners 0] [--pgbouncer]`. nginx takes
deploy/nginx/preau.conf, HTTPS included; pages and tasks are started as the units of deploy/systemd say, with
deploy/preau.env.example: only ports, folders and the certificate are this machine's. Burners take the processors away;
PgBouncer is put in between. While browsers read a page and sign people in, without end:

1. `kill -9` of one instance of the pages, and of a worker in the middle of a task: those in flight may be lost;
2. both come back, as their units say, and deploy/relancer restarts each in turn: nothing may be lost.

Every request is counted. Every task is an import of a school of its own: read by exactly one preview, with exactly its
pupils. Needs PostgreSQL and nginx (Debian: `nginx-light`).
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from bench.deployed import HOST, PAGES, ROOT, TASKS, Systemctl, environment, proxied, proxy_errors, started

SCHOOLS, PUPILS, SILENCE = 60, 250, 2.0
READY_WITHIN = 240.0  # a machine may be very busy


class Found(NamedTuple):
    """What came of it."""

    asked: int
    lost_killed: int  # while an instance was killed
    lost_restarted: int  # while each was restarted in turn
    entered: int  # people told that they are in
    noted: int  # and found in the journal
    tasks: int
    undone: int
    wrong: int  # previews that are not exactly the file: lost or done twice
    again: int  # tasks that a second worker took up
    slow: float
    said: dict[str, int]  # what the lost ones were told
    errors: list[str]  # and what the proxy wrote

    def fits(self, clients: int) -> bool:
        """Nothing lost but what was in flight: one request a client at most; every task done, once."""
        lost = self.lost_killed
        within = lost <= clients and self.entered <= self.noted <= self.entered + lost
        return within and not (self.lost_restarted or self.undone or self.wrong)


class Client(threading.Thread):
    """A browser that reads a page, then signs somebody in, and again: through the proxy, one request at a time."""

    def __init__(self, port: int, people: list[int], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.people, self.stop = port, people, stop
        self.asked, self.lost, self.entered = 0, 0, 0
        self.said: Counter[str] = Counter()  # what the lost ones were told
        self.waited: list[float] = []
        self._trust = ssl.create_default_context()
        self._trust.check_hostname, self._trust.verify_mode = False, ssl.CERT_NONE  # made for this run
        self._line: http.client.HTTPSConnection | None = None
        self._cookie = self._token = ""

    def run(self) -> None:
        for rank in itertools.cycle(self.people):
            for act in (self._reads, lambda rank=rank: self._enters(rank)):  # type: ignore[misc]
                if self.stop.is_set():
                    return
                begun = time.perf_counter()
                try:
                    answer = act()
                except (OSError, http.client.HTTPException) as error:
                    self._line, answer = None, type(error).__name__
                self.asked += 1
                if answer:
                    self.lost += 1
                    self.said[answer] += 1
                self.waited.append(time.perf_counter() - begun)

    def _reads(self) -> str:
        """What went wrong; nothing when all is well."""
        answer, page = self._ask("GET")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if answer.status != 200 or found is None:
            return f"lire : {answer.status}"
        self._token, self._cookie = found[1], str(answer.headers["Set-Cookie"]).split(";", 1)[0]
        return ""

    def _enters(self, rank: int) -> str:
        from bench.signins import PASSWORD

        if not self._token:
            return ""  # the page before was lost, and counted
        typed = {"identifier": f"eleve.{rank}", "password": PASSWORD, "csrfmiddlewaretoken": self._token}
        answer, _ = self._ask("POST", urlencode(typed))
        self.entered += answer.status == 302
        return "" if answer.status == 302 else f"entrer : {answer.status}"

    def _ask(self, verb: str, body: str | None = None) -> tuple[http.client.HTTPResponse, str]:
        if self._line is None:
            self._line = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self._trust)
        headers = {"Host": HOST, "Origin": f"https://{HOST}"}
        if body is not None:
            headers |= {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._line.request(verb, "/connexion/", body, headers)
        answer = self._line.getresponse()
        return answer, answer.read().decode()


def main() -> None:
    """Print what came of it; fail when something was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--schools", type=int, default=SCHOOLS)
    parser.add_argument("--short", action="store_true", help="une seule instance est relancée")
    parser.add_argument("--burners", type=int, default=0, help="processus qui ne font qu’occuper la machine")
    parser.add_argument("--pgbouncer", action="store_true", help="avec deploy/pgbouncer devant PostgreSQL")
    parser.add_argument("--inside", choices=["people", "files", "look"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _inside(options.inside, options.schools)
        return
    from tests.pgbouncer import temporary_pgbouncer
    from tests.postgres import temporary_postgresql

    with ExitStack() as stack:
        url = stack.enter_context(temporary_postgresql())
        through = stack.enter_context(temporary_pgbouncer(url)) if options.pgbouncer else ""
        size = {name: getattr(options, name) for name in ("seconds", "clients", "schools", "burners")}
        if options.short:
            with tempfile.TemporaryDirectory(prefix="preau-bench-") as var:
                _preau(environment(url, var), "migrate", "-v0")
        found = prove(url, through=through, short=options.short, **size)
    print(
        f"{found.asked} demandes de {options.clients} navigateurs en HTTPS ; perdues : {found.lost_killed} autour de"
        f" kill -9, {found.lost_restarted} pendant que chaque instance est relancée\n{found.entered} entrées annoncées,"
        f" {found.noted} au journal ; 95 % sous {found.slow * 1000:.0f} ms\n"
        f"{found.tasks} imports à lire : {found.undone} perdus, {found.wrong} faux, {found.again} repris par l’autre"
        f" ; charge {os.getloadavg()[0]:.1f}"
    )
    fits = found.fits(options.clients)
    if not fits:
        print("Ce que les perdues ont reçu :", found.said, "\nLe mandataire :", *found.errors, sep="\n  ")
    sys.exit(0 if fits else 1)


@contextmanager
def busy(burners: int) -> Iterator[None]:
    """So many processes that only use the processors, ten minutes at most."""
    burn = "import time\nend = time.monotonic() + 600\nwhile time.monotonic() < end: sum(range(10_000))"
    made = [subprocess.Popen([sys.executable, "-c", burn]) for _ in range(burners)]
    try:
        yield
    finally:
        for one in made:
            one.kill()
            one.wait(10)


def prove(
    url: str,
    *,
    seconds: float,
    clients: int,
    schools: int,
    burners: int = 0,
    short: bool = False,
    through: str = "",
) -> Found:
    """Serve, load, kill one instance of the pages and one worker, bring them back, restart each; look.

    The `short` form takes a database that is up to date, and restarts only the instance that was not killed. `through`
    is a PgBouncer that pages and tasks go through; commands do not.
    """
    from bench.signins import PEOPLE
    from tests.postgres import _free_port

    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var, ExitStack() as stack:
        proxy, ports = _free_port(), [_free_port(), _free_port()]
        env = environment(url, var)
        if not short:
            _preau(env, "migrate", "-v0")
        _preau(env, "check", "--deploy", "--fail-level", "ERROR")  # ExecStartPre
        _inside_of(env, "people", schools)
        Path(var).chmod(0o755)
        pooled, tasks = env, {}
        if through:
            pooled = {**env, "PREAU_PGBOUNCER": "1", "DATABASE_URL": through}
            tasks = {"DATABASE_URL": f"{through}_taches"}
        units = Systemctl(stack, pooled, ["--silence", str(SILENCE)], tasks)
        units.start()
        for name, instance in [(PAGES, port) for port in ports] + [(TASKS, 1), (TASKS, 2)]:
            units.begin(name, instance)
        started(stack, env, [*proxied(var, proxy, ports), "-g", "daemon off;"])
        for port in ports:
            _until(lambda port=port: _ready(port))  # type: ignore[misc]
        stack.enter_context(busy(burners))
        stop = threading.Event()
        crowd = [Client(proxy, list(range(rank, PEOPLE, clients)), stop) for rank in range(clients)]
        for one in crowd:
            one.start()
        time.sleep(seconds / 3)
        _inside_of(env, "files", schools)
        units.kill(PAGES, ports[0])
        _kill_at_work(units.running[TASKS, 1], url)
        time.sleep(seconds / 3)
        units.begin(PAGES, ports[0])  # Restart=always
        units.begin(TASKS, 1)
        _until(lambda: _ready(ports[0]))
        killed = sum(one.lost for one in crowd)
        units.relancer(*(ports[1:] if short else ports))
        time.sleep(seconds / 3)
        stop.set()
        for one in crowd:
            one.join(30)
        _until(lambda: not _tasks(url, "READY", "RUNNING"))
        said = _inside_of(env, "look", schools)
        errors = proxy_errors(var)
    waited = sorted(wait for one in crowd for wait in one.waited)
    return Found(
        asked=sum(one.asked for one in crowd),
        lost_killed=killed,
        lost_restarted=sum(one.lost for one in crowd) - killed,
        entered=sum(one.entered for one in crowd),
        slow=waited[int(len(waited) * 0.95)],
        said=dict(sum((one.said for one in crowd), Counter())),
        errors=errors,
        **said,
    )


def _preau(env: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-m", "preau", *words], env=env, cwd=ROOT, check=True)


def _ready(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/pret", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def _until(done: Callable[[], object]) -> None:
    end = time.monotonic() + READY_WITHIN
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("waited for too long")
        time.sleep(0.1)


def _tasks(url: str, *statuses: str) -> int:
    import psycopg

    with psycopg.connect(url) as connection:
        asked = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = ANY(%s)"
        return int(connection.execute(asked, [list(statuses)]).fetchone()[0])  # type: ignore[index]


def _kill_at_work(worker: subprocess.Popen[bytes], url: str) -> None:
    """Kill -9 this worker while it holds a task: stopped for a moment, the other one goes on and two are running."""
    for _ in range(60):
        if not _tasks(url, "READY", "RUNNING"):
            break
        os.killpg(worker.pid, signal.SIGSTOP)
        time.sleep(0.05)
        if any(_tasks(url, "RUNNING") == 2 or time.sleep(0.02) for _ in range(5)):
            break
        os.killpg(worker.pid, signal.SIGCONT)
        time.sleep(0.03)
    os.killpg(worker.pid, signal.SIGKILL)


def _inside_of(env: dict[str, str], step: str, schools: int) -> dict[str, int]:
    command = [sys.executable, "-m", "bench.deployment", "--inside", step, "--schools", str(schools)]
    done = subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _inside(step: str, schools: int) -> None:
    """In a process with the settings of the deployment: fill the database, or look at what is there."""
    import django

    django.setup()
    print(json.dumps({"people": _people, "files": _files, "look": _look}[step](schools)))


def _people(schools: int) -> dict[str, int]:
    """Those who will sign in."""
    from bench import signins

    signins.fill()
    return {}


def _files(schools: int) -> dict[str, int]:
    """An import of each school waiting to be read: the workers see them all at once."""
    from datetime import datetime

    from django.db import transaction
    from django.utils import timezone

    from preau.establishments.models import Establishment, school_year_of
    from preau.rosterfiles.generate import generate_roster
    from preau.rosterfiles.identifiers import make_uai
    from preau.rosters.actions import start_import

    year = school_year_of(timezone.localdate())
    with transaction.atomic():
        for number in range(schools):
            uai = make_uai(f"093{number:04}")
            school = Establishment.objects.create(uai=uai, name=f"École {number}", town="Saint-Œgly")
            stamp = datetime(year, 9, 3, 7, 58)  # noqa: DTZ001 - the clock of the school
            content = generate_roster(
                pupils=PUPILS, seed=number, school_year=year, exported_at=stamp, uai=uai
            )
            start_import(establishment=school, file_name="e.zip", content=content, by=None, at=timezone.now())
    return {}


def _look(schools: int) -> dict[str, int]:
    """What the database says afterwards."""
    from django.db.models import Count
    from django_tasks import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    from preau.audit.models import Entry
    from preau.rosters.models import ImportState, RosterImport

    tasks = list(DBTaskResult.objects.filter(task_path__endswith="read_roster_file"))
    read = RosterImport.objects.filter(state=ImportState.READY).annotate(number=Count("changes"))
    return {
        "noted": Entry.objects.filter(verb="connexion").count(),
        "tasks": len(tasks),
        "undone": sum(one.status != TaskResultStatus.SUCCESSFUL for one in tasks),
        "wrong": schools - read.filter(number=PUPILS, pupil_count=PUPILS).count(),
        "again": sum(len(one.worker_ids) > 1 for one in tasks),
    }


if __name__ == "__main__":
    main()
