"""The test kit: the world, the page client, a template engine that refuses unknown variables."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, settings

from preau.accounts.hashers import Argon2id
from preau.accounts.models import Account
from preau.accounts.second_factor.sure import SURE
from tests.mediacentre import mediacentre  # noqa: F401 - a fixture
from tests.page import PageClient
from tests.world import World, build_world

# How long an example takes says how busy the machine is; a test about time says its own deadline.
settings.register_profile("kit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What CI refuses, it refuses again the next day; on a contributor's machine chance looks further each time.
settings.register_profile("ci", settings.get_profile("kit"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "kit")

DATABASE = {"db", "transactional_db", "django_db_setup"}


# Few tests, long ones: begun last, they would leave a core with nothing to do.
LONGEST = {
    *("test_every_page.py", "test_backup.py", "test_rentree.py", "test_upgrade.py", "test_running.py"),
    *("test_kills.py", "test_arriving_properties.py", "test_academy.py"),
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each half of `make test` runs what it alone can show, the longest files first when there are two processes.

    What only PostgreSQL shows stays out of SQLite's half; what asks no database anything runs there, once.
    """
    if connection.vendor == "postgresql":
        items[:] = [item for item in items if _asks_a_database(item)]
    else:
        items[:] = [item for item in items if not item.get_closest_marker("postgresql")]
    if hasattr(config, "workerinput"):  # the very order of `--no-loadscope-reorder`
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path.name not in LONGEST, -tests[item.path]))


def _asks_a_database(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("postgresql")
    return bool(marked or DATABASE & set(getattr(item, "fixturenames", ())))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine answers during tests."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError(f"the network is blocked in tests: {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _plain_statics(settings: Any) -> None:
    """Pages under test need no collected static files, and nobody looks for the folder."""
    settings.STATIC_ROOT = None
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _quick_digests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest costs nearly nothing, but where that is the subject and in front of a real server."""
    if not request.node.get_closest_marker("slow_digests") and not request.node.get_closest_marker("journey"):
        monkeypatch.setattr(Argon2id, "time_cost", 1)
        monkeypatch.setattr(Argon2id, "memory_cost", 8)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stop the clock of the pages at a moment: what is shown of a day depends on the day it is shown."""
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def world(db: None) -> World:
    """Two invented schools with their people."""
    return build_world()


@pytest.fixture
def page() -> PageClient:
    """Somebody in front of a browser, not signed in."""
    return PageClient()


@pytest.fixture
def as_(db: None) -> Callable[[Account], PageClient]:
    """Somebody in front of a browser, signed in: `as_(world.boeuf).open(…)`."""

    def signed_in(account: Account) -> PageClient:
        client = PageClient()
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session[SURE] = int(timezone.now().timestamp())  # has just proved who they are, as at every sign-in
        session.save()
        return client

    return signed_in


@pytest.fixture
def tasks_now(db: None) -> Callable[[], int]:
    """Run every waiting task, as a worker would, and say how many ran."""

    def run() -> int:
        from django_tasks_db.models import DBTaskResult

        waiting = list(DBTaskResult.objects.ready())
        for (
            row
        ) in waiting:  # not the worker command: it closes the connection, and with it the test's transaction
            row.claim("test")
            row.set_successful(row.task.call(*row.task_result.args, **row.task_result.kwargs))
        return len(waiting)

    return run
