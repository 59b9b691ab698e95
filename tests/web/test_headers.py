"""What every answer says to browsers, over HTTPS, and what we never read of a request."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.page import PageClient

ROOT = Path(__file__).resolve().parents[2]
ASKED = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SESSION_COOKIE_HTTPONLY", "DEBUG",
    "ALLOWED_HOSTS",
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
        ["localhost", "127.0.0.1", "[::1]", "preau.example"],
    ]  # fmt: skip


def test_no_decision_rests_on_an_address_a_school_shares_one() -> None:
    read = re.compile(r"REMOTE_ADDR|X_FORWARDED_FOR|X-Forwarded-For", re.IGNORECASE)
    files = [p for p in (ROOT / "preau").rglob("*.py") if read.search(p.read_text(encoding="utf-8"))]
    assert files == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/", 200), ("/nulle-part/", 404), ("/sante", 200), ("/pret", 200), ("/metriques", 404)),
        *(
            ("/static/web/preau.css", 200),
            ("/static/web/logo.svg", 200),
            ("/e/", 302),
            ("/deconnexion/", 200),
        ),
    ],
)
def test_every_kind_of_answer_says_it(
    page: PageClient, db: None, path: str, status: int, settings: Any
) -> None:
    """Pages, files, errors, redirections, and what watches the server."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    settings.WHITENOISE_USE_FINDERS = True
    answer = PageClient().get(path, secure=True)
    assert answer.status_code == status
    check_safe(answer)
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")


def test_pages_lead_to_https_and_what_watches_the_server_is_answered_as_it_asks(
    db: None, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = PageClient()
    assert client.get("/connexion/")["Location"].startswith("https://")
    assert [client.get(path).status_code for path in ("/sante", "/pret", "/metriques")] == [200, 200, 404]


def test_what_is_refused_before_any_page_says_it_too(page: PageClient, db: None) -> None:
    check_safe(page.post("/connexion/", {"identifier": "x"}, CONTENT_LENGTH=str(2**31)))


def check_safe(answer: Any) -> None:
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_over_https_no_cookie_is_without_its_prefix(tmp_path: Path) -> None:
    """Ours, those that the framework would name, and those of one path only."""
    says = (
        "import django; django.setup(); from django.conf import settings as s;"
        "from preau.accounts.providers.seal import COOKIE; from preau.handouts.views.errands import _cookie;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, COOKIE, _cookie(1),"
        " s.MESSAGE_STORAGE)"
    )
    env = {**os.environ, "PREAU_URL": "https://preau.example", "PREAU_VAR": str(tmp_path)}
    env["DJANGO_SETTINGS_MODULE"] = "preau.settings"
    said = subprocess.run([sys.executable, "-c", says], cwd=ROOT, env=env, capture_output=True, text=True)  # noqa: PLW1510
    *names, messages = said.stdout.split()
    assert [name.startswith(("__Host-", "__Secure-")) for name in names] == [True] * 5, said.stderr
    assert names[3:] == ["__Secure-preau-ent", "__Secure-lot-1"]
    assert "session" in messages


def test_a_request_in_the_name_of_another_site_is_answered_nothing(page: PageClient, db: None) -> None:
    for path in ("/", "/connexion/", "/personnel/mot-de-passe-oublie/"):
        assert page.get(path, HTTP_HOST="evil.example").status_code == 400


def test_trace_is_refused(page: PageClient, db: None) -> None:
    for path in ("/", "/connexion/", "/aide/"):
        assert page.trace(path).status_code == 405
