"""Disk full, database restarted, clock set right, worker stuck, task delivered twice: what was there is there still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from preau.accounts.throttle import PACES, account_key, delay_left, failed
from preau.audit.models import Entry
from preau.rosterfiles.generate import generate_roster
from preau.rosters.actions import start_import
from preau.rosters.models import ImportChange, ImportState, Learner, PendingFile, RosterImport
from preau.rosters.tasks import read_roster_file
from preau.web.lifeline import SILENCE, Lifeline, silent_tasks, take_up
from tests.page import PageClient, squeeze
from tests.world import World

UAI = "0931434D"
HERE = f"/e/{UAI}/import/"


def file_of(school_year: int) -> bytes:
    """A file of the Tilleuls."""
    stamp = datetime(school_year, 9, 3, 7, 58)  # noqa: DTZ001 - the clock of the school
    return generate_roster(pupils=600, seed=1, school_year=school_year, exported_at=stamp, uai=UAI)


@contextmanager
def full_disk() -> Iterator[None]:
    """No room for one more line: SQLite may not grow, PostgreSQL says what it says when the disk is full."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")  # the pages that earlier rows left free are room too
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        else:
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON rosters_pendingfile EXECUTE FUNCTION full_disk()"
            )
        try:
            yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA max_page_count = 1073741823")
            else:
                cursor.execute("DROP TRIGGER full_disk ON rosters_pendingfile")
                cursor.execute("DROP FUNCTION full_disk()")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_keeps_half_of_nothing_and_says_so(as_: Callable[..., PageClient], world: World) -> None:
    boeuf, before = as_(world.boeuf), Learner.objects.count()
    boeuf.raise_request_exception = False
    content = file_of(world.tilleuls.current_year)

    def brings() -> object:
        return boeuf.post(f"{HERE}deposer/", {"file": SimpleUploadedFile("e.zip", content)})

    with full_disk():
        answer = brings()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    said = squeeze(answer.content.decode())
    assert "n’a plus de place" in said
    assert "Rien de ce qui vient d’être envoyé n’a été gardé" in said
    assert not RosterImport.objects.exists()
    assert not PendingFile.objects.exists()
    assert not DBTaskResult.objects.exists()
    assert not Entry.objects.filter(verb="import-depose").exists()
    assert Learner.objects.count() == before
    assert brings().status_code == 302  # there is room again
    assert PendingFile.objects.count() == 1


@pytest.mark.postgresql
def test_a_statement_that_is_too_slow_is_said_and_not_waited_for(
    as_: Callable[..., PageClient], world: World
) -> None:
    boeuf = as_(world.boeuf)
    boeuf.raise_request_exception = False

    def slow(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if "rosters_rosterimport" in sql:
            execute("SET LOCAL statement_timeout = 50", (), *rest[1:])
            return execute("SELECT pg_sleep(20)", (), *rest[1:])
        return execute(sql, *rest)

    with connection.execute_wrapper(slow):
        answer = boeuf.get(HERE)
    assert answer.status_code == 503
    said = squeeze(answer.content.decode())
    assert "a mis trop de temps à répondre" in said
    assert f"#{answer['X-Request-ID']}" in said


def test_a_clock_that_was_ahead_keeps_no_pupil_out(db: None) -> None:
    key, at = account_key("lea.martin"), timezone.now()
    for _ in range(12):
        failed(key, at=at + timedelta(days=1))  # the server believes that it is tomorrow
    assert delay_left(key, at=at + timedelta(days=1)) == PACES["a"].longest
    assert delay_left(key, at=at) == timedelta()  # somebody sets it right


def test_a_task_delivered_twice_is_done_once(world: World) -> None:
    school = world.tilleuls
    made = start_import(
        establishment=school,
        file_name="e.zip",
        content=file_of(school.current_year),
        by=world.boeuf,
        at=timezone.now(),
    )
    read_roster_file.call(made.pk)
    first = (ImportChange.objects.count(), Entry.objects.count())
    read_roster_file.call(made.pk)
    made.refresh_from_db()
    assert made.state == ImportState.READY
    assert (ImportChange.objects.count(), Entry.objects.count()) == first


def test_a_worker_that_is_stuck_in_a_task_leaves_it_to_another(
    as_: Callable[..., PageClient], world: World
) -> None:
    made = start_import(
        establishment=world.tilleuls,
        file_name="e.zip",
        content=file_of(world.tilleuls.current_year),
        by=world.boeuf,
        at=timezone.now(),
    )
    task = DBTaskResult.objects.get()
    for worker in ("un", "deux"):
        task.claim(worker)
        alive = Lifeline(longest=timedelta())  # it has taken longer than any task may
        alive._note_start(task.task_result)
        DBTaskResult.objects.update(started_at=timezone.now() - SILENCE * 2)
        alive._sign()
        assert silent_tasks().exists()
        take_up()
        task.refresh_from_db()
    made.refresh_from_db()
    assert made.state == ImportState.FAILED
    assert "interrompu" in as_(world.boeuf).open(f"{HERE}{made.pk}/").text
