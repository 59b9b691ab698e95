"""What every answer says to browsers, over HTTPS, and what we never read of a request."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.page import PageClient

ROOT = Path(__file__).resolve().parents[2]
ASKED = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SESSION_COOKIE_HTTPONLY", "DEBUG",
)  # fmt: skip


def test_over_https_cookies_are_sealed_to_the_host_and_browsers_stay_on_https(tmp_path: Path) -> None:
    says = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {ASKED}]))"
    env = {
        **os.environ,
        "PREAU_URL": "https://preau.example",
        "PREAU_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "preau.settings",
    }
    said = subprocess.run(
        [sys.executable, "-c", says], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == [
        True, True, "__Host-preau", "__Host-preau-csrf", True, 31_536_000, True, True, False,
    ]  # fmt: skip


def test_no_decision_rests_on_an_address_a_school_shares_one() -> None:
    read = re.compile(r"REMOTE_ADDR|X_FORWARDED_FOR|X-Forwarded-For", re.IGNORECASE)
    files = [p for p in (ROOT / "preau").rglob("*.py") if read.search(p.read_text(encoding="utf-8"))]
    assert files == []


def test_trace_is_refused(page: PageClient, db: None) -> None:
    for path in ("/", "/connexion/", "/aide/"):
        assert page.trace(path).status_code == 405
