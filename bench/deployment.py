"""A deployment under load, made of deploy/: its proxy, the commands of its units, its settings; then things fall.

`python -m bench.deployment [--seconds 12] [--clients 8]`. nginx takes deploy/nginx/preau.conf, HTTPS included; pages
and tasks are started as the units of deploy/systemd say, with deploy/preau.env.example: only ports, folders and the
certificate are this machine's. While browsers read a page and sign people in, without end:

1. `kill -9` of one instance of the pages, and of a worker in the middle of a task: those in flight may be lost;
2. both come back, as their units say, and each instance is restarted in turn: nothing may be lost.

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
import shlex
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
HOST = "preau.exemple.fr"  # as the files of deploy/ say
SCHOOLS, PUPILS, SILENCE = 60, 250, 2.0
READY_WITHIN = 90.0
TRUSTED_AGAIN = 2.2  # seconds: fail_timeout of the proxy
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


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
                    good = act()
                except (OSError, http.client.HTTPException):
                    self._line, good = None, False
                self.asked += 1
                self.lost += not good
                self.waited.append(time.perf_counter() - begun)

    def _reads(self) -> bool:
        answer, page = self._ask("GET")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if answer.status != 200 or found is None:
            return False
        self._token, self._cookie = found[1], str(answer.headers["Set-Cookie"]).split(";", 1)[0]
        return True

    def _enters(self, rank: int) -> bool:
        from bench.signins import PASSWORD

        if not self._token:
            return True  # the page before was lost, and counted
        typed = {"identifier": f"eleve.{rank}", "password": PASSWORD, "csrfmiddlewaretoken": self._token}
        answer, _ = self._ask("POST", urlencode(typed))
        self.entered += answer.status == 302
        return answer.status == 302

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
    parser.add_argument("--inside", choices=["people", "files", "look"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _inside(options.inside, options.schools)
        return
    from tests.postgres import temporary_postgresql

    with temporary_postgresql() as url:
        found = prove(url, seconds=options.seconds, clients=options.clients, schools=options.schools)
    print(
        f"{found.asked} demandes de {options.clients} navigateurs en HTTPS ; perdues : {found.lost_killed} autour de"
        f" kill -9, {found.lost_restarted} pendant que chaque instance est relancée\n{found.entered} entrées annoncées,"
        f" {found.noted} au journal ; 95 % sous {found.slow * 1000:.0f} ms\n"
        f"{found.tasks} imports à lire : {found.undone} perdus, {found.wrong} faux, {found.again} repris par l’autre"
        f" ; charge {os.getloadavg()[0]:.1f}"
    )
    sys.exit(0 if found.fits(options.clients) else 1)


def prove(url: str, *, seconds: float, clients: int, schools: int, short: bool = False) -> Found:
    """Serve, load, kill one instance of the pages and one worker, bring them back, restart each; look.

    The `short` form takes a database that is up to date, and restarts only the instance that was not killed.
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
        pages = {port: _started(stack, env, unit("preau-pages@.service", port)) for port in ports}
        _started(stack, env, [*proxied(var, proxy, ports), "-g", "daemon off;"])
        worker = [*unit("preau-taches@.service", 1), "--silence", str(SILENCE)]
        workers = [_started(stack, env, worker) for _ in range(2)]
        for port in ports:
            _until(lambda port=port: _ready(port))  # type: ignore[misc]
        stop = threading.Event()
        crowd = [Client(proxy, list(range(rank, PEOPLE, clients)), stop) for rank in range(clients)]
        for one in crowd:
            one.start()
        time.sleep(seconds / 3)
        _inside_of(env, "files", schools)
        os.killpg(pages[ports[0]].pid, signal.SIGKILL)
        _kill_at_work(workers[0], url)
        time.sleep(seconds / 3)
        pages[ports[0]] = _started(stack, env, unit("preau-pages@.service", ports[0]))  # Restart=always
        workers[0] = _started(stack, env, worker)
        _until(lambda: _ready(ports[0]))
        time.sleep(TRUSTED_AGAIN)
        killed = sum(one.lost for one in crowd)
        for port in ports[1:] if short else ports:
            pages[port].send_signal(signal.SIGTERM)  # systemctl restart
            pages[port].wait(60)
            pages[port] = _started(stack, env, unit("preau-pages@.service", port))
            _until(lambda port=port: _ready(port))  # type: ignore[misc]
            time.sleep(TRUSTED_AGAIN)
        workers[1].send_signal(signal.SIGTERM)
        time.sleep(seconds / 3)
        stop.set()
        for one in crowd:
            one.join(30)
        _until(lambda: not _tasks(url, "READY", "RUNNING"))
        said = _inside_of(env, "look", schools)
    waited = sorted(wait for one in crowd for wait in one.waited)
    return Found(
        asked=sum(one.asked for one in crowd),
        lost_killed=killed,
        lost_restarted=sum(one.lost for one in crowd) - killed,
        entered=sum(one.entered for one in crowd),
        slow=waited[int(len(waited) * 0.95)],
        **said,
    )


def environment(url: str, var: str) -> dict[str, str]:
    """deploy/preau.env.example, on this database and in this folder; its secrets are made for this run."""
    lines = (DEPLOY / "preau.env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for name in [name for name in given if name.endswith("_FILE")]:
        secret = Path(var, Path(given[name]).name)
        secret.write_text("consolemail://" if name.startswith("EMAIL") else secret.name * 9, encoding="ascii")
        secret.chmod(0o600)
        given[name] = str(secret)
    del given["CACHE_URL"]
    given |= {"DATABASE_URL": url, "PREAU_VAR": var, "PREAU_LOG_LEVEL": "CRITICAL"}
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "preau.settings", **given}


def unit(name: str, instance: int) -> list[str]:
    """The command of a unit of deploy/systemd, of this instance, run from here."""
    found = re.search(
        r"^ExecStart=\S+/preau (.+)$", (DEPLOY / "systemd" / name).read_text("utf-8"), re.MULTILINE
    )
    assert found, name
    return [sys.executable, "-m", "preau", *shlex.split(found[1].replace("%i", str(instance)))]


def proxied(folder: str, port: int, pages: list[int]) -> list[str]:
    """nginx with the file of deploy/: this port, these instances, a certificate of our own."""
    if NGINX is None:
        raise SystemExit("nginx introuvable : installez-le (paquet « nginx-light »).")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += [
        "-days",
        "2",
        "-subj",
        f"/CN={HOST}",
        "-keyout",
        f"{folder}/privkey.pem",
        "-out",
        f"{folder}/fullchain.pem",
    ]
    subprocess.run(made, check=True, stderr=subprocess.DEVNULL)
    said = (DEPLOY / "nginx" / "preau.conf").read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:8001": f"127.0.0.1:{pages[0]}",
        "127.0.0.1:8002": f"127.0.0.1:{pages[1]}",
        "listen 80;": f"listen unix:{folder}/http;",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
        "/etc/ssl/preau/": f"{folder}/",
    }.items():
        assert old in said, old
        said = said.replace(old, new)
    Path(folder, "preau.conf").write_text(said, encoding="utf-8")
    places = " ".join(
        f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    Path(folder, "nginx.conf").write_text(
        f"worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {places} include {folder}/preau.conf; }}\n",
        encoding="utf-8",
    )
    return [NGINX, "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


def _started(stack: ExitStack, env: dict[str, str], command: list[str]) -> subprocess.Popen[bytes]:
    """A process and its children, gone at the end."""
    made = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)

    def end() -> None:
        with suppress(ProcessLookupError):
            os.killpg(made.pid, signal.SIGKILL)
        made.wait(10)

    stack.callback(end)
    return made


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
