"""A throw-away Valkey or Redis for tests: the machine's own server, on a port of its own, keeping nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.postgres import _free_port


def command(port: int) -> list[str]:
    """How to start one; RuntimeError when this machine has none."""
    server = shutil.which("valkey-server") or shutil.which("redis-server")
    if server is None:
        raise RuntimeError(
            "Valkey introuvable : installez-le (paquet « valkey-server » ou « redis-server »)."
        )
    return [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


class Valkey:
    """A server that can be stopped and started again on the same port."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.url = f"rediscache://127.0.0.1:{self.port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Answers when this returns."""
        self._server = subprocess.Popen(command(self.port), stdout=subprocess.DEVNULL)
        for _ in range(3000):  # a minute: the machine may be busy
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError("the cache did not start")

    def stop(self) -> None:
        """As a host that is lost."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(10)
            self._server = None


@contextmanager
def temporary_valkey() -> Iterator[Valkey]:
    """Start one, stop it."""
    made = Valkey()
    made.start()
    try:
        yield made
    finally:
        made.stop()
