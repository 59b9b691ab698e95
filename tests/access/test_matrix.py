"""Every address × every person: the table `matrix.txt` says what each one meets, and a new address must be in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from preau.accounts.models import Account
from preau.accounts.second_factor.sure import SURE
from preau.establishments.models import Membership, Role
from tests.access.people import PEOPLE, Address, accounts_of, addresses, admin_lists, sent_to, things_of
from tests.accounts.providers import gar
from tests.world import PASSWORD, World

TABLE = Path(__file__).with_name("matrix.txt")
OPENS, HIDDEN, DOOR, REFUSED, NO_SUCH_METHOD = "o", "-", ">", "x", "405"
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
# The visit itself: the session, which page was seen last.
OF_THE_VISIT = {"accounts_opensession"}
# Pages that are only read, and write all the same.
MAY_WRITE = {
    # Who took a list away: the journal says it.
    *(f"{name} audit_entry" for name in ("campaigns:export", "establishments:journal_csv", "results:csv")),
    *(f"{name} audit_entry" for name in ("results:xapi", "scenarios:classes_csv", "scenarios:days_csv")),
    # A question that is shown has been shown.
    "parcours:play parcours_attempt",
}
NOBODY = (
    *(
        "martin",
        "léa",
        "garcao",
        "garção",
        "bœuf",
        "ndiaye",
        "okonkwo",
        "amrani",
        "123456789fj",
        "2015-03-12",
    ),
    *("@tilleuls", "@exemple", PASSWORD.casefold(), "nouveau@"),
)
DOORS = ("/connexion/?next=", "/personnel/?next=")
ROOMS = sorted({one.room for one in addresses()})


def rows_of(text: str) -> dict[tuple[str, str], str]:
    """(address, method) → one letter a person."""
    rows: dict[tuple[str, str], str] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, methods, *cells = line.split()
        assert len(cells) == len(PEOPLE), f"{TABLE.name}: {len(cells)} letters, {len(PEOPLE)} people: {line}"
        for method in methods.split("+"):
            assert (name, method) not in rows, f"{TABLE.name}: {name} {method} is said twice"
            rows[name, method] = "".join(cells)
    return rows


@cache
def table() -> dict[tuple[str, str], str]:
    return rows_of(TABLE.read_text(encoding="utf-8"))


def line(name: str, method: str, cells: str) -> str:
    return f"{name:<33} {method:<9} {'  '.join(cells)}"


PUPILS = {"pupil", "classmate"}


@dataclass
class Site:
    """The world, whoever lives in it, and their sessions."""

    people: dict[str, Account | None]
    value: Callable[[str, str], Any]
    cookies: dict[str, str]

    def path(self, one: Address) -> str:
        carried = {}
        for part in one.carries:
            try:
                carried[part] = self.value(one.name, part)
            except KeyError:
                pytest.fail(
                    f"tests/access/people.py does not say what <{part}> is in the address of {one.name}"
                )
        return reverse(one.name, kwargs=carried)

    def sends(self, name: str) -> dict[str, Any]:
        """What a form there needs to be answered at all."""
        return {
            field: self.value(name, what[1:-1]) if what.startswith("<") else what
            for field, what in sent_to(name).items()
        }

    wrote: set[str] = field(default_factory=set)

    def meets(self, person: str, method: str, name: str, path: str) -> str:
        """What this person meets there; whatever it changed is put back."""
        client = Client(raise_request_exception=False)
        if person in self.cookies:
            client.cookies[django_settings.SESSION_COOKIE_NAME] = self.cookies[person]

        def listen(execute: Any, sql: str, *more: Any) -> Any:
            if method != "POST" and (word := WRITES.match(sql)) and word[1] not in OF_THE_VISIT:
                self.wrote.add(f"{name} {word[1]}")
            return execute(sql, *more)

        with transaction.atomic(), connection.execute_wrapper(listen):
            send = getattr(client, method.lower())
            answer = send(path, self.sends(name) if method == "POST" else {})
            transaction.set_rollback(True)
        assert answer.status_code < 500 or answer.status_code == 503, (
            f"{method} {path} breaks for {person}: {getattr(answer, 'exc_info', None)}"
        )
        check_headers(answer, path)
        if person in self.cookies and method == "GET":
            check_way_out(answer, path, person)
        return letter(answer)


def check_headers(answer: Any, path: str) -> None:
    """Every answer, whoever gets it, says the same to browsers."""
    said = answer.headers
    policy = said["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy, f"{path}: {policy}"
    assert "unsafe" not in policy, path
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert {name: said.get(name) for name in fixed} == fixed, path
    assert "Permissions-Policy" in said, path
    assert "Access-Control-Allow-Origin" not in said, path
    assert "no-store" in said["Cache-Control"] or "private" in said["Cache-Control"], path
    if answer.status_code not in {204, 302, 303, 304} and (answer.streaming or answer.content):
        kind = said["Content-Type"]
        assert "/" in kind and ("charset=utf-8" in kind or not kind.startswith("text/")), f"{path}: {kind}"  # noqa: PT018
    for name, cookie in answer.cookies.items():
        assert cookie["samesite"], f"{path}: {name}"
        assert cookie["httponly"] or name == django_settings.CSRF_COOKIE_NAME or not cookie.value, (
            f"{path}: {name}"
        )


def check_way_out(answer: Any, path: str, person: str) -> None:
    """Whoever is in can leave from every page; a pupil says « Ce n’est pas moi »."""
    page = answer.content.decode(errors="replace") if not answer.streaming else ""
    # Projected before a class: it holds nobody's name, and the board is behind.
    apart = path.startswith("/admin/") or path.endswith("/projeter/")
    if answer.status_code < 300 and "<body" in page and not apart:
        assert "data-leaving" in page, f"{path} does not let a {person} leave"


def letter(answer: Any) -> str:
    """What an answer says, in one letter."""
    if answer.status_code == 405:
        return NO_SUCH_METHOD
    if answer.status_code == 404:
        return HIDDEN
    if answer.status_code == 403:
        return REFUSED
    went = answer.headers.get("Location", "")
    return DOOR if answer.status_code == 302 and went.startswith(DOORS) else OPENS


_said_in_log: list[str] = []


class _Kept(logging.Handler):
    """What a host's log would hold: the same filters, the same words."""

    def emit(self, record: logging.LogRecord) -> None:
        _said_in_log.append(self.format(record))


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of refusals are what this file is for: nobody reads them in the log, but it must name nobody."""
    [ours] = [one for one in logging.getLogger().handlers if one.name == "console"]
    kept = _Kept()
    kept.setFormatter(ours.formatter)
    for one in ours.filters:
        kept.addFilter(one)
    _said_in_log.clear()
    monkeypatch.setattr(logging.getLogger(), "handlers", [kept])


def named_in(lines: list[str]) -> list[str]:
    """Whoever the log names: people of the world, their numbers, their passwords, the secrets of their links."""
    said = "\n".join(lines).casefold()
    return [word for word in NOBODY if word in said]


@pytest.fixture
def site(world: World, now: Any, settings: Any) -> Site:
    settings.SOCIALACCOUNT_PROVIDERS = {"saml": {"APPS": [gar.app()]}}
    people = accounts_of(world)
    value = things_of(world, people, now)
    cookies = {}
    for person, account in people.items():
        if account is not None:
            client = Client()
            client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
            session = client.session
            session[SURE] = int(now.timestamp())  # has just proved who they are
            session.save()
            cookies[person] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Site(people, value, cookies)


def observed(site: Site, room: str) -> dict[tuple[str, str], str]:
    """What everybody meets at every address of this room, by every method it takes."""
    found = {}
    for one in addresses():
        if one.room != room:
            continue
        path = site.path(one)
        for method in ("GET", "POST"):
            cells = [site.meets(person, method, one.name, path) for person in PEOPLE]
            if set(cells) - {DOOR} == {NO_SUCH_METHOD}:
                continue  # a visitor may be sent to sign in before being told
            assert NO_SUCH_METHOD not in cells, f"{one.name}: {method} is refused to some only: {cells}"
            found[one.name, method] = "".join(cells)
            if method == "GET":
                _rest(site, one, path, cells)
    return found


def _rest(site: Site, one: Address, path: str, cells: list[str]) -> None:
    """HEAD says to whom it opens exactly as GET does; OPTIONS tells nobody anything."""
    for met in dict.fromkeys(cells):
        person = PEOPLE[cells.index(met)]
        assert site.meets(person, "HEAD", one.name, path) in {met, NO_SUCH_METHOD}, f"HEAD {path}: {person}"
    shut = next((who for who, met in zip(PEOPLE, cells, strict=True) if met != OPENS), None)
    if shut is None:
        return
    assert site.meets(shut, "OPTIONS", one.name, path) in {NO_SUCH_METHOD, HIDDEN, DOOR}, f"OPTIONS {path}"


@pytest.mark.parametrize("room", ROOMS)
def test_everyone_meets_what_the_table_says(site: Site, room: str) -> None:
    found = observed(site, room)
    said = {key: cells for key, cells in table().items() if key[0].split(":")[0] == room}
    missing = [line(*key, cells) for key, cells in found.items() if key not in said]
    assert not missing, (
        "addresses without a line in tests/access/matrix.txt. This is what people meet there now: check that it is"
        " what you want, then add\n" + "\n".join(missing)
    )
    wrong = [
        f"{line(*key, cells)}\n{line('  … but the table says', '', said[key])}"
        for key, cells in found.items()
        if cells != said[key]
    ]
    assert not wrong, "people meet something else than the table says:\n" + "\n".join(wrong)
    assert sorted(said.keys() - found.keys()) == [], "lines of the table that no address answers any more"
    assert site.wrote <= MAY_WRITE, "a page that is only read changes something"
    assert named_in(_said_in_log) == [], "the log names somebody"


# What another site posts to us, by design: an answer of the GAR is signed, the end of a ticket names the ticket.
FROM_ELSEWHERE = {"accounts:saml_acs", "accounts:mediacentre_back"}


def test_a_form_without_its_token_changes_nothing_anywhere(site: Site) -> None:
    """Another site may make a browser post, with its cookies: every address refuses, whoever it is."""
    client = Client(enforce_csrf_checks=True)
    client.cookies[django_settings.SESSION_COOKIE_NAME] = site.cookies["head"]
    met = {}
    for one in addresses():
        if (one.name, "POST") in table():
            with transaction.atomic():
                answer = client.post(site.path(one), site.sends(one.name))
                transaction.set_rollback(True)
            met[one.name] = answer.status_code == 403
    assert len(met) > 90
    assert {name for name, refused in met.items() if not refused} == FROM_ELSEWHERE


def test_every_line_names_an_address_that_exists() -> None:
    assert {name for name, _ in table()} <= {one.name for one in addresses()}


def test_every_address_opens_to_somebody_so_that_a_line_of_nos_proves_something() -> None:
    shut = {key for key, cells in table().items() if OPENS not in cells}
    assert shut == ONLY_NOS


# The world has no question with a file, and its ENT speaks SAML, which comes back elsewhere: the rooms' own tests open
# these.
ONLY_NOS = {
    ("parcours:resource", "GET"),
    ("accounts:mediacentre_back", "GET"),
    ("accounts:mediacentre_back", "POST"),
    ("accounts:saml_finish", "GET"),
}


def test_no_page_of_a_school_opens_to_a_visitor_a_pupil_or_another_school() -> None:
    inside = {one.name for one in addresses() if "uai" in one.carries}
    assert len(inside) > 70
    for (name, method), cells in table().items():
        if name in inside:
            met = dict(zip(PEOPLE, cells, strict=True))
            assert met["visitor"] == DOOR, f"{name} {method}"
            outside = {person: met[person] for person in ("pupil", "classmate", "elsewhere", "admin")}
            assert set(outside.values()) == {HIDDEN}, f"{name} {method}: {outside}"


# Taking out somebody who is not in the team any more is done already: back to the team, whoever it was.
PRESSED_TWICE = {"establishments:remove"}


def test_nobody_reaches_through_their_own_school_a_thing_of_another(site: Site, world: World) -> None:
    """The head of the Mimosas writes the numbers of the Tilleuls in the addresses of her own school."""
    Membership.objects.filter(account=world.okonkwo).update(role=Role.HEAD)
    reached, tried = [], 0
    for one in addresses():
        things = set(one.carries) - {"uai", "kind", "to"}
        if "uai" not in one.carries or not things:
            continue
        tried += 1
        path = site.path(one).replace(world.tilleuls.uai, world.mimosas.uai)
        for method in ("GET", "POST"):
            met = site.meets("elsewhere", method, one.name, path)
            if met not in {HIDDEN, NO_SUCH_METHOD} and one.name not in PRESSED_TWICE:
                reached.append(f"{method} {one.name}")
    assert tried > 40
    assert reached == []


def test_the_framework_s_admin_is_for_whoever_administers_the_server(site: Site) -> None:
    names = admin_lists()
    assert len(names) >= 4
    for name in names:
        for person in PEOPLE:
            client = Client()
            if person in site.cookies:
                client.cookies[django_settings.SESSION_COOKIE_NAME] = site.cookies[person]
            opens = client.get(reverse(name)).status_code == 200
            assert opens == (person == "admin"), f"{name}: {person}"


def test_a_new_address_without_a_line_would_be_seen(site: Site) -> None:
    found = observed(site, "web")
    assert found.keys() - rows_of("").keys() == found.keys()
    assert len(found) >= 3
