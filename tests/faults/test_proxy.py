"""deploy/nginx/preau.conf at work: whatever one instance does, somebody who reads or sends is served by the other."""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest

from bench.deployed import HOST, proxied
from preau.web.instance import LEAVING_STATUS
from tests.postgres import _free_port


class Instance:
    """As the pages of one instance: it says its name; when it leaves, it sends readers elsewhere."""

    def __init__(self, name: str) -> None:
        self.name, self.port, self.leaving = name, _free_port(), False

    def start(self) -> None:
        """Listen, from nothing."""
        instance, self.leaving = self, False

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.say(LEAVING_STATUS if instance.leaving else 200)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.say(200)

            def say(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(instance.name)))
                self.end_headers()
                self.wfile.write(instance.name.encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Pages)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Nobody listens any more."""
        self.server.shutdown()
        self.server.server_close()


class Site:
    """Two instances behind the proxy."""

    def __init__(self, proxy: int) -> None:
        self.proxy, self.one, self.two = proxy, Instance("un"), Instance("deux")
        self.trust = ssl.create_default_context()
        self.trust.check_hostname, self.trust.verify_mode = False, ssl.CERT_NONE  # made for this test

    def answers(self, times: int = 6, *, sent: bytes | None = None) -> set[str]:
        """Who answers so many requests; the status of whatever is no page."""
        found = set()
        for _ in range(times):
            asked = urllib.request.Request(f"https://127.0.0.1:{self.proxy}/", sent, {"Host": HOST})
            try:
                with urllib.request.urlopen(asked, timeout=10, context=self.trust) as answer:
                    found.add(answer.read().decode())
            except HTTPError as refused:
                found.add(str(refused.code))
        return found


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        site = Site(_free_port())
        for instance in (site.one, site.two):
            instance.start()
            stack.callback(instance.stop)
        folder.chmod(0o755)
        command = proxied(str(folder), site.proxy, [site.one.port, site.two.port])
        nginx = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        stack.callback(nginx.wait, 10)
        stack.callback(nginx.terminate)
        for _ in range(3000):  # a minute: the machine may be busy
            with suppress(OSError):
                site.answers(1)
                break
            time.sleep(0.02)
        yield site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path) as made:
        yield made


def test_nobody_sees_an_instance_leave_stop_and_come_back_even_with_the_other_one_gone(site: Site) -> None:
    assert site.answers() == {"un", "deux"}
    site.one.leaving = True
    assert site.answers() == {"deux"}
    assert site.answers(sent=b"x=1") <= {"un", "deux"}  # a form is taken by whoever has it
    site.one.stop()
    assert site.answers() | site.answers(sent=b"x=1") == {"deux"}
    site.one.start()
    site.two.stop()  # before the proxy has tried the first one again
    assert site.answers() | site.answers(sent=b"x=1") == {"un"}
    site.two.start()
    assert site.answers() <= {"un", "deux"}
