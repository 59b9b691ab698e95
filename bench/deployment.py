"""A deployment under load: two hosts of pages behind nginx, two workers, one database; one of each is killed.

`python -m bench.deployment [--seconds 12] [--clients 8]`. The « hosts » are granian instances, each on a port of
its own; nginx tries the other one when one does not answer. Every request is counted by its number: those that were
in flight on the killed host may be lost, no other. Every task is an import of a school of its own: read by exactly one
preview, with exactly its pupils. Needs PostgreSQL and nginx (Debian: `nginx-light`).
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

SCHOOLS, PUPILS, SILENCE = 60, 250, 2.0
READY_WITHIN = 60.0
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIGURATION = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream pages {{ {hosts} keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 25m;
    location / {{
      proxy_pass http://pages; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_next_upstream error timeout; proxy_connect_timeout 1s;
    }}
  }}
}}
"""


class Found(NamedTuple):
    """What came of it."""

    asked: int
    lost: int
    entered: int  # people told that they are in
    noted: int  # and found in the journal
    tasks: int
    undone: int
    wrong: int  # previews that are not exactly the file: lost or done twice
    again: int  # tasks that a second worker took up
    slow: float

    def fits(self, clients: int) -> bool:
        """Nothing lost but what was in flight: one request a client at most; every task done, once."""
        within = self.lost <= clients and self.entered <= self.noted <= self.entered + self.lost
        return within and not self.undone and not self.wrong


class Client(threading.Thread):
    """A browser that reads a page, then signs somebody in, and again: through the proxy, one request at a time."""

    def __init__(self, port: int, ready: list[bytes], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port, self.ready, self.stop = port, ready, stop
        self.asked, self.lost, self.entered = 0, 0, 0
        self.waited: list[float] = []

    def run(self) -> None:
        page = (
            f"GET /connexion/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode()
        )
        for typed in itertools.cycle(self.ready):
            for sent, wanted in ((page, b"200"), (typed, b"302")):
                if self.stop.is_set():
                    return
                begun = time.perf_counter()
                good = self._ask(sent, wanted)
                self.asked += 1
                self.lost += not good
                self.entered += good and wanted == b"302"
                self.waited.append(time.perf_counter() - begun)

    def _ask(self, sent: bytes, wanted: bytes) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
                connection.sendall(sent.replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:", 1))
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                answer.read()
                return str(answer.status).encode() == wanted
        except (OSError, http.client.HTTPException):
            return False


def main() -> None:
    """Print what came of it; fail when something was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--inside", choices=["people", "files", "look"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _inside(options.inside)
        return
    if NGINX is None:
        raise SystemExit("nginx introuvable : installez-le (paquet « nginx-light »).")
    from tests.postgres import temporary_postgresql

    with temporary_postgresql() as url:
        found = prove(url, seconds=options.seconds, clients=options.clients)
    print(
        f"{found.asked} demandes de {options.clients} navigateurs, {found.lost} perdues ; {found.entered} entrées"
        f" annoncées, {found.noted} au journal ; 95 % sous {found.slow * 1000:.0f} ms\n"
        f"{found.tasks} imports à lire : {found.undone} perdus, {found.wrong} faux, {found.again} repris par l’autre"
        f" ; charge {os.getloadavg()[0]:.1f}"
    )
    sys.exit(0 if found.fits(options.clients) else 1)


def prove(url: str, *, seconds: float, clients: int) -> Found:
    """Serve, load, kill one host of pages and one worker, wait for the tasks, and look."""
    from bench.signins import _requests
    from tests.postgres import _free_port

    with tempfile.TemporaryDirectory(prefix="preau-bench-") as var, ExitStack() as stack:
        proxy, hosts = _free_port(), [_free_port(), _free_port()]
        env = _environment(url, var, proxy)
        _preau(env, "migrate", "-v0")
        _preau(env, "collectstatic", "--noinput", "-v0")
        Path(var).chmod(0o755)
        pages = [_started(stack, env, *_granian(port)) for port in hosts]
        _started(stack, env, str(NGINX), "-p", var, "-e", f"{var}/error.log", "-c", _proxy(var, proxy, hosts))
        workers = [
            _started(stack, env, sys.executable, "-m", "preau", "worker", "--silence", str(SILENCE))
            for _ in range(2)
        ]
        _inside_of(env, "people")
        for port in (*hosts, proxy):
            _wait(port)
        ready, stop = _requests(proxy), threading.Event()
        crowd = [Client(proxy, ready[rank::clients], stop) for rank in range(clients)]
        for one in crowd:
            one.start()
        time.sleep(seconds / 3)
        _inside_of(env, "files")
        os.killpg(pages[0].pid, signal.SIGKILL)
        _kill_at_work(workers[0], url)
        time.sleep(seconds * 2 / 3)
        stop.set()
        for one in crowd:
            one.join(30)
        _until(lambda: not _tasks(url, "READY", "RUNNING"))
        said = _inside_of(env, "look")
    waited = sorted(wait for one in crowd for wait in one.waited)
    return Found(
        asked=sum(one.asked for one in crowd),
        lost=sum(one.lost for one in crowd),
        entered=sum(one.entered for one in crowd),
        slow=waited[int(len(waited) * 0.95)],
        **said,
    )


def _environment(url: str, var: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "preau.settings",
        "DATABASE_URL": url,
        "PREAU_VAR": var,
        "PREAU_SECRET_KEY": "deux hôtes ont la même clé " * 3,
        "PREAU_LOCAL_URL": f"http://127.0.0.1:{port}",
        "PREAU_DB_POOL": "4",
        "PREAU_LOG_LEVEL": "CRITICAL",
    }


def _granian(port: int) -> list[str]:
    """One host of pages, as `preau serve` starts it."""
    words = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    more = ["--blocking-threads", "4", "--backlog", "1024", "--no-ws", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", *words, *more, "preau.wsgi:application"]


def _proxy(folder: str, port: int, hosts: list[int]) -> str:
    """The configuration of nginx, in this folder."""
    lines = " ".join(f"server 127.0.0.1:{host} max_fails=1 fail_timeout=5s;" for host in hosts)
    path = Path(folder, "nginx.conf")
    path.write_text(CONFIGURATION.format(folder=folder, hosts=lines, port=port), encoding="utf-8")
    return str(path)


def _started(stack: ExitStack, env: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    """A process and its children, gone at the end."""
    made = subprocess.Popen(command, env=env, start_new_session=True, stderr=subprocess.DEVNULL)

    def end() -> None:
        with suppress(ProcessLookupError):
            os.killpg(made.pid, signal.SIGKILL)
        made.wait(10)

    stack.callback(end)
    return made


def _preau(env: dict[str, str], *words: str) -> None:
    subprocess.run([sys.executable, "-m", "preau", *words], env=env, check=True)


def _wait(port: int) -> None:
    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    _until(answers)


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


def _inside_of(env: dict[str, str], step: str) -> dict[str, int]:
    command = [sys.executable, "-m", "bench.deployment", "--inside", step]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _inside(step: str) -> None:
    """In a process with the settings of the deployment: fill the database, or look at what is there."""
    import django

    django.setup()
    print(json.dumps({"people": _people, "files": _files, "look": _look}[step]()))


def _people() -> dict[str, int]:
    """Those who will sign in."""
    from bench import signins

    signins.fill()
    return {}


def _files() -> dict[str, int]:
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
        for number in range(SCHOOLS):
            uai = make_uai(f"093{number:04}")
            school = Establishment.objects.create(uai=uai, name=f"École {number}", town="Saint-Œgly")
            stamp = datetime(year, 9, 3, 7, 58)  # noqa: DTZ001 - the clock of the school
            content = generate_roster(
                pupils=PUPILS, seed=number, school_year=year, exported_at=stamp, uai=uai
            )
            start_import(establishment=school, file_name="e.zip", content=content, by=None, at=timezone.now())
    return {}


def _look() -> dict[str, int]:
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
        "wrong": SCHOOLS - read.filter(number=PUPILS, pupil_count=PUPILS).count(),
        "again": sum(len(one.worker_ids) > 1 for one in tasks),
    }


if __name__ == "__main__":
    main()
