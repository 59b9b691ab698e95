"""deploy/ run from this machine: its settings, the commands of its units, its proxy, its way of restarting.

Only ports, folders and the certificate are this machine's. `Systemctl` stands where systemd would: deploy/relancer runs
as it is, and what it asks to restart is stopped and started as the unit says.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
HOST = "preau.exemple.fr"  # as the files of deploy/ say
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PAGES, TASKS = "preau-pages@.service", "preau-taches@.service"


def proxy_errors(folder: str) -> list[str]:
    """The lines of the proxy's journal, alike ones together, with how many there were and when they began and ended."""
    alike: dict[str, list[str]] = {}
    for line in Path(folder, "error.log").read_text(encoding="utf-8", errors="replace").splitlines():
        when, _, what = line.partition(" [")
        what = re.sub(r"^(\w+)\] \S+ (\*\d+ )?", r"\1: ", what)
        what = re.sub(r", (client|server|host|referrer): [^,]*", "", what)
        alike.setdefault(what, []).append(when.rpartition(" ")[2])
    return [f"{len(whens)} × {what} ({whens[0]} à {whens[-1]})" for what, whens in alike.items()]


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
    return [sys.executable, "-m", "preau", *shlex.split(_line(name, r"ExecStart=\S+/preau", instance))]


def leaving(name: str, instance: int, var: str) -> list[str]:
    """What a unit does before it is stopped; nothing when it says nothing."""
    return shlex.split(_line(name, "ExecStop=", instance).replace("/var/lib/preau", var))


def _line(name: str, begins: str, instance: int) -> str:
    said = (DEPLOY / "systemd" / name).read_text("utf-8")
    found = re.search(rf"^{begins}\s*(.+)$", said, re.MULTILINE)
    return found[1].replace("%i", str(instance)) if found else ""


class Systemctl(threading.Thread):
    """What holds the units: it starts them, and restarts those that deploy/relancer asks for, as systemd does."""

    def __init__(
        self, stack: ExitStack, env: dict[str, str], words: list[str], tasks: dict[str, str]
    ) -> None:
        """`words` are added to the command of the tasks, and `tasks` to their environment (taches.env)."""
        super().__init__(daemon=True)
        self.stack, self.env = stack, env
        self.more = {TASKS: (words, tasks)}
        self.running: dict[tuple[str, int], subprocess.Popen[bytes]] = {}
        self._asked = Path(env["PREAU_VAR"], "asked")
        self._closed = threading.Event()
        stack.callback(self._close)
        bin_ = Path(env["PREAU_VAR"], "bin")
        bin_.mkdir()
        command = bin_ / "systemctl"
        command.write_text(
            f'#!/bin/sh\necho "$2" > {self._asked}.new && mv {self._asked}.new {self._asked}\n'
            f"while [ -e {self._asked} ]; do sleep 0.05; done\n",
            encoding="ascii",
        )
        command.chmod(0o755)
        self.path = f"{bin_}:{os.environ['PATH']}"

    def begin(self, name: str, instance: int) -> None:
        """Start it, as `enable --now` and Restart=always do."""
        words, own = self.more.get(name, ([], {}))
        command = [*unit(name, instance), *words]
        self.running[name, instance] = started(self.stack, {**self.env, **own}, command)

    def kill(self, name: str, instance: int) -> None:
        """It falls, with all its processes."""
        os.killpg(self.running[name, instance].pid, signal.SIGKILL)

    def relancer(self, *instances: int) -> None:
        """Run deploy/relancer."""
        command = [str(DEPLOY / "relancer"), *map(str, instances)]
        env = {**self.env, "PATH": self.path}
        done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=900)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def run(self) -> None:
        """Restart what is asked for, one after the other."""
        while not self._closed.wait(0.02):
            if self._asked.exists():
                name, _, instance = self._asked.read_text().strip().partition("@")
                for known, number in list(self.running):
                    if known == f"{name}@.service" and instance in {str(number), "*"}:
                        self._restart(known, number)
                self._asked.unlink()

    def _restart(self, name: str, instance: int) -> None:
        if stop := leaving(name, instance, self.env["PREAU_VAR"]):
            subprocess.run(stop, check=True)
        old = self.running[name, instance]
        os.killpg(old.pid, signal.SIGTERM)  # KillMode=control-group: every process of the unit is told
        old.wait(200)
        self.begin(name, instance)

    def _close(self) -> None:
        self._closed.set()
        self.join(100)


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
        "/var/log/nginx/": f"{folder}/",
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


def started(stack: ExitStack, env: dict[str, str], command: list[str]) -> subprocess.Popen[bytes]:
    """A process and its children, gone at the end."""
    made = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)

    def end() -> None:
        with suppress(ProcessLookupError):
            os.killpg(made.pid, signal.SIGKILL)
        made.wait(10)

    stack.callback(end)
    return made
