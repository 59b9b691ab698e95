"""What no template of the project may hold, and what every page must."""

import re
from pathlib import Path

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

import preau
from preau.web import views
from tests.page import PageClient

PROJECT = Path(preau.__file__).parent
TEMPLATES = sorted(PROJECT.rglob("templates/**/*.html"))
STATIC = PROJECT / "web" / "static"
ICONS = (STATIC / "vendor" / "bootstrap-icons" / "bootstrap-icons.min.css").read_text("utf-8")
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "an htmx handler, which needs eval": re.compile(
        r"\shx-on|\shx-(?:vals|headers)\s*=\s*['\"]js:", re.IGNORECASE
    ),
    "an address of javascript": re.compile(r"javascript:", re.IGNORECASE),
    "a file from elsewhere": re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=[\"']https?:", re.IGNORECASE),
    "an unsafe text": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}
ERRORS = ["400", "403", "403_csrf", "404", "413", "429", "500", "503"]


def found_in(source: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(source)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_template_breaks_the_security_policy(path: Path) -> None:
    assert found_in(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color: red">',
        "<style>p{}</style>",
        "<script>go()</script>",
        '<a onclick="go()">',
        '<div hx-on:click="go()">',
        '<img src="https://cdn.example/x.png">',
        "{{ name|safe }}",
    ],
)
def test_the_check_sees_what_it_must(bad: str) -> None:
    assert found_in(bad)


def test_every_icon_exists() -> None:
    used = set()
    for path in TEMPLATES:
        source = path.read_text("utf-8")
        used |= set(re.findall(r'{% (?:icon|empty) "([a-z0-9-]+)"', source))
        used |= set(re.findall(r'{% door(?:_deed)? \S+ "([a-z0-9-]+)"', source))
        used |= set(re.findall(r'class="bi bi-([a-z0-9-]+)"', source))
    assert "list" in used
    assert not [name for name in used if f".bi-{name}::before" not in ICONS]


def test_style_sheets_only_name_files_that_are_here() -> None:
    for sheet in STATIC.rglob("*.css"):
        source = sheet.read_text("utf-8")
        assert "sourceMappingURL" not in source
        for address in re.findall(r"url\([\"']?(?!data:)([^\"')?#]+)", source):
            assert (sheet.parent / address).is_file(), f"{sheet.name}: {address}"


def test_each_vendored_library_comes_with_its_licence() -> None:
    for folder in (STATIC / "vendor").iterdir():
        assert (folder / "LICENSE").stat().st_size > 100


@pytest.mark.parametrize("code", ERRORS)
def test_each_error_says_what_is_safe_and_offers_one_action(code: str) -> None:
    html = render_to_string(f"{code}.html", {"request": RequestFactory().get("/x")})
    assert html.count("<h1") == 1
    assert html.count("btn-primary") == 1
    assert code.split("_", maxsplit=1)[0] not in re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("failure", [ValueError, OperationalError])
def test_a_failure_shows_nothing_of_what_failed(failure: type[Exception]) -> None:
    try:
        raise failure("SELECT ine FROM rosters_learner -- 123456789FJ, /opt/preau/settings.py")
    except failure:
        said = views.server_error(RequestFactory().get("/")).content.decode()
    assert not [
        word for word in ("SELECT", "123456789FJ", "settings", failure.__name__, "Traceback") if word in said
    ]


def test_the_failure_page_needs_neither_context_nor_database() -> None:
    answer = views.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Revenir à l’accueil" in answer.content.decode()


@pytest.mark.parametrize("name", ["web:help", "web:accessibility", "web:privacy"])
def test_anyone_reads_the_pages_that_explain(page: PageClient, db: None, name: str) -> None:
    opened = page.open(reverse(name))
    assert opened.status == 200
    assert len(opened.css("h1")) == 1


def test_a_stranger_to_the_site_gets_a_clear_404(client: Client, db: None) -> None:
    answer = client.get("/nulle-part/")
    assert answer.status_code == 404
    assert "n’existe pas" in answer.content.decode()


def test_a_page_left_open_too_long_says_so(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post(reverse("web:help"))
    assert answer.status_code in {403, 405}
    assert views.csrf_failure(RequestFactory().post("/aide/"), "reason").status_code == 403


def test_a_body_larger_than_any_file_is_refused_before_it_is_read(client: Client, db: None) -> None:
    answer = client.post("/connexion/", {"identifier": "x"}, CONTENT_LENGTH=str(2**31))
    assert answer.status_code == 413
    assert "trop gros" in answer.content.decode()
    assert client.post("/connexion/", {"identifier": "x"}).status_code == 200
