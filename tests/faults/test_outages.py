"""Two processes of pages while what is behind them fails: the database restarts, a lock is held, the cache is lost."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction

from preau.accounts.models import Account, SignInFailures
from tests.live import served
from tests.page import squeeze
from tests.valkey import Valkey, temporary_valkey
from tests.world import World

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


class Answer(NamedTuple):
    """A page as it came."""

    status: int
    text: str


class Browser:
    """Somebody with cookies, on a connection of their own each time: either process may answer."""

    def __init__(self, site: str) -> None:
        self.site, self.jar = site, CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, path: str, **typed: str) -> Answer:
        body = None
        if typed:
            token = next(one.value for one in self.jar if "csrf" in one.name)
            body = urlencode({**typed, "csrfmiddlewaretoken": str(token)}).encode()
        try:
            with self.opener.open(f"{self.site}{path}", body, timeout=20) as answer:
                return Answer(answer.status, squeeze(answer.read().decode()))
        except HTTPError as refused:
            reference = refused.headers["X-Request-ID"]
            return Answer(refused.code, squeeze(refused.read().decode()).replace(reference, "RÉFÉRENCE"))


class Site(NamedTuple):
    """Where the pages are, and the cache that their processes share."""

    address: str
    cache: Valkey


@pytest.fixture(scope="module")
def site(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Site]:
    """Two processes of pages, a worker, a shared cache; pages are cut after two seconds."""
    with ExitStack() as stack, django_db_blocker.unblock():
        cache = stack.enter_context(temporary_valkey())
        more = {"CACHE_URL": cache.url, "PREAU_DB_POOLED": "1", "PREAU_STATEMENT_TIMEOUT_MS": "2000"}
        yield Site(stack.enter_context(served(processes=2, more=lambda _: more, fails=True)), cache)


DOOR = "/code/BDFGHK274/"


def test_a_database_that_restarts_is_seen_by_nobody(world: World, site: Site) -> None:
    browser = Browser(site.address)
    usual = browser.open(DOOR).status
    assert usual < 500
    with connection.cursor() as cursor:  # as a restart does: every connection dies
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        assert cursor.fetchone()[0] >= 1
    assert [browser.open(DOOR).status for _ in range(6)] == [usual] * 6


def test_a_lock_that_is_held_is_said_and_not_waited_for(world: World, site: Site) -> None:
    browser = Browser(site.address)
    usual = browser.open(DOOR).status
    with transaction.atomic(), connection.cursor() as cursor:  # as a careless migration does
        cursor.execute("LOCK TABLE campaigns_campaign")
        said = browser.open(DOOR)
        assert said.status == 503
        assert "a mis trop de temps à répondre" in said.text
        assert "Rien de ce qui vient d’être envoyé n’a été gardé" in said.text
        assert "#RÉFÉRENCE" in said.text
    assert browser.open(DOOR).status == usual


def test_a_cache_that_is_lost_stops_no_page(world: World, site: Site) -> None:
    browser = Browser(site.address)

    def ready() -> tuple[int, str]:
        answer = browser.open("/pret")
        return answer.status, json.loads(answer.text)["cache"]

    assert ready() == (200, "ok")
    site.cache.stop()
    assert browser.open("/connexion/").status == 200
    status, said = ready()
    assert status == 200  # the pages go on: no server is taken out
    assert said != "ok"
    site.cache.start()
    assert ready() == (200, "ok")


def test_two_processes_count_the_same_wrong_tries(world: World, site: Site) -> None:
    Account.objects.create(username="lea.martin", first_name="Léa", password="!")
    browser, said = Browser(site.address), ""
    for _ in range(6):
        browser.open("/connexion/")
        said = browser.open("/connexion/", identifier="lea.martin", password="autre chose").text
    assert SignInFailures.objects.get(key__startswith="a:").count == 5  # the sixth was not even looked at
    assert "Attends" in said
