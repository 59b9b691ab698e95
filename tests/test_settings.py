"""What the settings make of the environment."""

from __future__ import annotations

import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password

from preau.accounts.hashers import Argon2id

SETTINGS = Path(__file__).resolve().parent.parent / "preau" / "settings.py"


def database(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """The database of a deployment with this environment."""
    for name, value in {"DATABASE_URL": "postgres://preau@base/preau", **environment}.items():
        monkeypatch.setenv(name, value)
    found: dict[str, Any] = runpy.run_path(str(SETTINGS))["DATABASES"]["default"]
    return found


@pytest.mark.parametrize(
    ("process", "limits"),
    [("pages", (15_000, 10_000, 60_000)), ("tasks", (600_000, 60_000, 600_000)), ("command", (0, 30_000, 0))],
)
def test_who_waits_says_how_long_the_database_may_take(
    monkeypatch: pytest.MonkeyPatch, process: str, limits: tuple[int, int, int]
) -> None:
    options = database(monkeypatch, PREAU_PROCESS=process)["OPTIONS"]["options"]
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    for name, limit in zip(names, limits, strict=True):
        assert f"-c {name}={limit} " in f"{options} "


def test_behind_pgbouncer_nothing_outlives_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    found = database(monkeypatch, PREAU_PGBOUNCER="1", PREAU_PROCESS="pages")
    assert found["DISABLE_SERVER_SIDE_CURSORS"]
    assert found["OPTIONS"] == {"pool": False}
    assert found["CONN_MAX_AGE"] == 60
    assert not database(monkeypatch, PREAU_PGBOUNCER="0").get("DISABLE_SERVER_SIDE_CURSORS")


def test_passwords_are_made_and_verified_in_turn() -> None:
    assert type(get_hasher()) is Argon2id
    assert type(identify_hasher(make_password("quatre tilleuls"))) is Argon2id


def test_processes_that_start_together_on_a_new_machine_have_one_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PREAU_VAR", str(tmp_path))
    monkeypatch.delenv("PREAU_SECRET_KEY", raising=False)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: runpy.run_path(str(SETTINGS))["SECRET_KEY"], range(8)))
    assert len(keys) == 1
    assert min(map(len, keys)) > 50
    assert [one.name for one in tmp_path.iterdir()] == ["secret_key"]
