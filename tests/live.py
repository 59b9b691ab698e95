"""The product as it is deployed: granian serving pages, a worker doing the tasks, on the database under test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import _free_port

STARTS_WITHIN = 180  # seconds: a busy machine is no failure


def database_url() -> str:
    """The DATABASE_URL of the test database this process uses."""
    from django.db import connection

    s = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{s['NAME']}"
    return f"postgres://{s['USER']}@{s['HOST']}:{s['PORT']}/{s['NAME']}"


@contextmanager
def served(
    *,
    url: str | None = None,
    processes: int = 1,
    tasks: int = 1,
    more: Callable[[str], Mapping[str, str]] | None = None,
    never: Sequence[str] = (),
    fails: bool = False,
) -> Iterator[str]:
    """Start pages and worker on this database; yield the site's address; stop both.

    `more` says what else the environment holds, once the address is known: `mediacentre.serves`. `never` are words
    that its log must not hold; no error may be there either, unless something `fails` on purpose.
    """
    from django.conf import settings

    port = _free_port()
    site = f"http://127.0.0.1:{port}"
    with TemporaryDirectory(prefix="preau-live-") as var:
        env = {
            **os.environ,
            "DATABASE_URL": url or database_url(),
            "PREAU_VAR": var,
            "PREAU_SECRET_KEY": settings.SECRET_KEY,
            "PREAU_CARD_KEYS": ",".join(settings.CARD_KEYS),
            "PREAU_LOCAL_URL": site,
            "PREAU_DB_POOLED": "0",
            "PREAU_LOG_LEVEL": "WARNING",
            **(more(site) if more else {}),
        }
        log = Path(var, "log")
        with log.open("wb") as out:
            command = [
                sys.executable,
                "-m",
                "preau",
                "serve",
                "--port",
                str(port),
                "--workers",
                str(processes),
            ]
            server = subprocess.Popen(
                [*command, "--tasks", str(tasks)], env=env, stdout=out, stderr=subprocess.STDOUT
            )
            try:
                _wait(site, server, log)
                yield site
            finally:
                server.terminate()
                try:
                    server.wait(60)
                except subprocess.TimeoutExpired:
                    server.kill()
        said = log.read_text(encoding="utf-8", errors="replace")
        assert not [word for word in never if word in said], f"the server said:\n{said[-4000:]}"
        assert fails or "Traceback" not in said, f"the server said:\n{said[-4000:]}"


def _wait(site: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{site}/accessibilite/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(
        f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}"
    )
