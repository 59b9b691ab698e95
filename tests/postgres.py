"""A throw-away PostgreSQL for tests and benchmarks: the machine's own binaries, a socket nobody else sees."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SETTINGS = {
    # Lost on a crash, and that is fine: it is thrown away.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "listen_addresses": "127.0.0.1",
}


def binaries() -> Path | None:
    """The newest PostgreSQL ≥ 15 of this machine, or None."""
    found = sorted(
        (p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")), key=lambda p: int(p.parent.name)
    )
    if found and int(found[-1].parent.name) >= 15:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def temporary_postgresql(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a server, yield its DATABASE_URL, stop and erase it; raise RuntimeError when there is no PostgreSQL.

    `settings` are more lines of its configuration, or other values.
    """
    where = binaries()
    if where is None:
        raise RuntimeError("PostgreSQL ≥ 15 introuvable : installez-le (paquet « postgresql »).")
    folder = Path(tempfile.mkdtemp(prefix="preau-pg-"))
    # The server refuses to run as root: an unprivileged account of the machine runs it then.
    user = pwd.getpwnam("postgres" if _has("postgres") else "nobody").pw_name if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    port = _free_port()
    data = folder / "data"
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stopped by another: the server stops too
    try:
        _run(
            [
                where / "initdb",
                "-D",
                data,
                "-U",
                "preau",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            user,
            folder,
        )
        options = " ".join(f"-c {k}={v}" for k, v in {**SETTINGS, **(settings or {})}.items())
        start = [
            where / "pg_ctl",
            "-D",
            data,
            "-l",
            folder / "log",
            "-w",
            "-o",
            f"-p {port} -k {folder} {options}",
            "start",
        ]
        _run(start, user, folder)
        try:
            yield f"postgres://preau@127.0.0.1:{port}/postgres"
        finally:
            _run([where / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _run(command: list[str | Path], user: str | None, folder: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


if __name__ == "__main__":  # python -m tests.postgres COMMAND…: run COMMAND with DATABASE_URL set
    with temporary_postgresql() as url:
        environment = {**os.environ, "DATABASE_URL": url, "PREAU_DB_POOLED": "0"}
        raise SystemExit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
