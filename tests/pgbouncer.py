"""A throw-away PgBouncer, with the file of deploy/, before a throw-away PostgreSQL.

`python -m tests.pgbouncer COMMAND…` runs COMMAND as behind it: PREAU_PGBOUNCER=1, connections given by transaction.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.postgres import _free_port, temporary_postgresql

FILE = Path(__file__).resolve().parent.parent / "deploy" / "pgbouncer" / "pgbouncer.ini"
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def configuration(folder: str, port: int, database: str) -> str:
    """The file of deploy/, before the server of this URL: who connects is trusted, and any name is a database of it."""
    there = urlsplit(database)
    said = FILE.read_text(encoding="utf-8")
    (pages,) = re.findall(r"^preau = .*? pool_size=20 (connect_query=.*)$", said, re.MULTILINE)
    for old, new in {
        "host=127.0.0.1 port=5432 dbname=preau ": f"host=127.0.0.1 port={there.port} dbname={there.path[1:]} ",
        "[pgbouncer]": f"* = host=127.0.0.1 port={there.port} {pages}\n\n[pgbouncer]",
        "listen_port = 6432": f"listen_port = {port}",
        "auth_type = scram-sha-256": "auth_type = any",
        "auth_file = /etc/pgbouncer/userlist.txt": "",
        "/var/log/postgresql/": f"{folder}/",
        "/var/run/postgresql/": f"{folder}/",
    }.items():
        assert old in said, old
        said = said.replace(old, new)
    # A test throws its database away as soon as it is done with it: no connection may stay in it.
    said = said.replace("server_idle_timeout = 60", "server_idle_timeout = 1")
    return re.sub(r"host=127.0.0.1 port", f"user={there.username} host=127.0.0.1 port", said)


@contextmanager
def temporary_pgbouncer(database: str) -> Iterator[str]:
    """Start one before this database; yield the URL that goes through it, of the pages."""
    if PROGRAM is None:
        raise RuntimeError("PgBouncer introuvable : installez-le (paquet « pgbouncer »).")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="preau-pgbouncer-") as folder:
        Path(folder, "pgbouncer.ini").write_text(configuration(folder, port, database), encoding="utf-8")
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        running = subprocess.Popen([PROGRAM, "-q", f"{folder}/pgbouncer.ini"], user=user, cwd=folder)
        try:
            for _ in range(3000):  # a minute: the machine may be busy
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.02)
            yield f"postgres://preau@127.0.0.1:{port}/preau"
        finally:
            running.terminate()
            running.wait(10)


if __name__ == "__main__":
    with temporary_postgresql() as straight, temporary_pgbouncer(straight) as url:
        environment = {**os.environ, "DATABASE_URL": url, "PREAU_PGBOUNCER": "1"}
        raise SystemExit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
