"""The dependency audit: a known vulnerability fails it, silence of the service does not pass for a clean bill."""

from __future__ import annotations

import gzip
import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
GOOD = {"name": "y", "version": "1", "vulns": []}
UNKNOWN = {"name": "z", "skip_reason": "not found"}


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_known_vulnerability_fails(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    alone(audit, monkeypatch, {"dependencies": [BAD, GOOD, UNKNOWN]})
    assert audit.main() == 1
    assert "x 1 : PYSEC-1 (corrigé dans 2)" in capsys.readouterr().out


def test_one_that_was_accepted_with_a_reason_does_not(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"PYSEC-1": "ne concerne que Windows"})
    alone(audit, monkeypatch, {"dependencies": [BAD]})
    assert audit.main() == 0


def test_silence_is_said(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    alone(audit, monkeypatch, {"dependencies": [UNKNOWN]})
    assert audit.main() == 0
    assert capsys.readouterr().out.count("RIEN n’a été vérifié") == 4


def alone(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, report: dict[str, Any]) -> None:
    """PyPI says this, and the registry of Node nothing."""
    monkeypatch.setattr(audit, "read", lambda _: report)
    monkeypatch.setattr(audit, "read_node", lambda _: {})


# ── The real tools, asking a service that answers ───────────────────────────


class Service(BaseHTTPRequestHandler):
    """Knows one vulnerability of jinja2 2.0 as OSV says it, and one of lodash as npm's registry does."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        asked = json.loads(body)
        if self.path == "/v1/query":
            known = asked["package"]["name"] == "jinja2" and asked["version"] == "2.0"
            said: dict[str, Any] = {"vulns": [OSV]} if known else {}
        else:
            said = {"lodash": [NPM]} if "lodash" in asked else {}
        text = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        self.send_error(404)  # nothing more is known of any package

    def log_message(self, *_: Any) -> None:
        return


OSV = {
    "id": "PYSEC-0000-1",
    "summary": "x",
    "details": "x",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1"}]}],
        }
    ],
}
NPM = {
    "id": 1,
    "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
    "title": "x",
    "severity": "high",
    "vulnerable_versions": "<5",
    "cwe": [],
    "cvss": {"score": 9.0, "vectorString": None},
}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("PREAU_AUDIT_OSV", f"{address}/v1/query")
    monkeypatch.setenv("npm_config_registry", f"{address}/")
    yield
    server.shutdown()


def test_what_pip_audit_finds_fails_the_audit(
    audit: ModuleType, service: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"jinja2==2.0 --hash=sha256:{'0' * 64}\nsegno==1.6.6 --hash=sha256:{'1' * 64}\n")
    monkeypatch.setattr(audit, "LOCKS", (str(lock),))
    monkeypatch.setattr(audit, "NODE_LOCKS", ())
    assert audit.main() == 1
    assert (
        "2 paquets vérifiés, 0 sans réponse, 1 faille(s) connue(s).\n  ✗ jinja2 2.0 : PYSEC-0000-1 (corrigé dans 3.1)"
        in (capsys.readouterr().out)
    )


def test_what_npm_audit_finds_fails_the_audit(
    audit: ModuleType, service: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    told = {"name": "x", "version": "1.0.0", "dependencies": {"lodash": "4.0.0"}}
    (tmp_path / "package.json").write_text(json.dumps(told))
    packages = {"": told, "node_modules/lodash": {"version": "4.0.0"}}
    (tmp_path / "package-lock.json").write_text(
        json.dumps({**told, "lockfileVersion": 3, "packages": packages})
    )
    monkeypatch.setattr(audit, "LOCKS", ())
    monkeypatch.setattr(audit, "NODE_LOCKS", (str(tmp_path / "package-lock.json"),))
    assert audit.main() == 1
    assert "lodash : GHSA-aaaa-bbbb-cccc (high)" in capsys.readouterr().out
