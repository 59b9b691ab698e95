"""A worker that dies while it reads a file: another one takes it up, once, and the page says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_tasks.signals import task_finished, task_started
from django_tasks_db.models import DBTaskResult

from preau.rosters.actions import read_import, start_import
from preau.rosters.models import ImportState, PendingFile, RosterImport
from preau.rosters.waiting import interrupted
from preau.web.lifeline import SILENCE, Lifeline, take_up
from tests.page import PageClient
from tests.rosterfiles.table_files import text
from tests.rosters.conftest import Office
from tests.world import World

HERE = "/e/0931434D/import/"


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


@pytest.fixture
def waiting(office: Office, world: World) -> RosterImport:
    """A file that nobody reads yet."""
    return start_import(
        establishment=world.tilleuls, file_name="a.xml", content=office.file(), by=None, at=timezone.now()
    )


@pytest.fixture
def boeuf(as_: Callable[..., PageClient], world: World) -> PageClient:
    return as_(world.boeuf)


def dies(*, ago: timedelta = SILENCE + timedelta(seconds=1), worker: str = "mort") -> DBTaskResult:
    """A worker takes the task, and is not heard of again."""
    task = DBTaskResult.objects.get()
    task.claim(worker)
    DBTaskResult.objects.update(started_at=timezone.now() - ago)
    return task


def status() -> str:
    return str(DBTaskResult.objects.values_list("status", flat=True).get())


def test_a_file_whose_worker_died_is_read_by_the_next_one(
    waiting: RosterImport, tasks_now: Callable[[], int]
) -> None:
    dies()
    assert tasks_now() == 0
    take_up()
    assert tasks_now() == 1
    waiting.refresh_from_db()
    assert waiting.state == ImportState.READY


def test_a_file_whose_worker_is_only_slow_is_left_to_it(waiting: RosterImport) -> None:
    dies(ago=SILENCE - timedelta(seconds=5))
    take_up()
    assert status() == "RUNNING"


def test_a_file_that_kills_two_workers_is_given_up_with_the_reason(
    waiting: RosterImport, boeuf: PageClient
) -> None:
    dies()
    take_up()
    dies(worker="un autre")
    take_up()
    waiting.refresh_from_db()
    assert (waiting.state, status()) == (ImportState.FAILED, "FAILED")
    assert not PendingFile.objects.exists()
    page = boeuf.open(f"{HERE}{waiting.pk}/")
    assert page.title == "La vérification s’est interrompue"
    assert "s’est arrêté deux fois en lisant ce fichier" in page


def test_a_worker_that_is_stopped_in_the_middle_leaves_no_file_waiting_for_ever(
    waiting: RosterImport,
) -> None:
    task = dies()
    task.set_failed(SystemExit(1))  # what the worker does at the second Ctrl+C
    task_finished.send(sender=object, task_result=task.task_result)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.problems) == (ImportState.FAILED, [])


def test_the_page_says_that_the_reading_starts_again(waiting: RosterImport, boeuf: PageClient) -> None:
    address = f"{HERE}{waiting.pk}/"
    RosterImport.objects.update(progress={"stage": "read", "done": 3, "total": 4})
    dies(ago=timedelta(0))
    assert "75 %" in boeuf.open(address).text.replace("\u00a0", " ")
    DBTaskResult.objects.update(started_at=timezone.now() - SILENCE * 2)
    for _ in range(2):  # before anybody has noticed, then once it waits for another worker
        page = boeuf.open(address)
        assert "La vérification reprend" in page
        assert "75" not in page
        take_up()
    dies(ago=timedelta(0), worker="un autre")
    assert "reprend" not in boeuf.open(address)


def test_a_file_that_waits_for_hours_is_in_the_queue_not_interrupted(
    waiting: RosterImport, office: Office, world: World, boeuf: PageClient
) -> None:
    RosterImport.objects.update(progress_at=timezone.now() - timedelta(hours=3))
    waiting.refresh_from_db()
    assert not interrupted(waiting, at=timezone.now())
    page = boeuf.open(f"{HERE}{waiting.pk}/")
    assert "dans la file" in page
    assert "reprend" not in page
    again = start_import(
        establishment=world.tilleuls, file_name="a.xml", content=office.file(), by=None, at=timezone.now()
    )
    assert again.pk == waiting.pk


def test_two_workers_on_one_table_leave_it_to_be_explained(world: World) -> None:
    """One slept so long that another one took its file; then it wakes up, and ends too."""
    content = text(("Truc", "Machin"), ("MARTIN", "Léa"), ("ROUX", "Tom"), encoding="utf-8")
    how = {"establishment": world.tilleuls, "file_name": "liste.csv", "by": None}
    made = start_import(content=content, at=timezone.now(), ask_worker=False, **how)
    other = iter([lambda: read_import(roster_import_id=made.pk, clock=timezone.now)])

    def clock() -> datetime:
        for read in other:
            read()
        return timezone.now()

    read_import(roster_import_id=made.pk, clock=clock)
    made.refresh_from_db()
    assert made.state == ImportState.MAPPING
    assert PendingFile.objects.get().sample


def test_a_living_worker_says_so_for_its_own_task_only(waiting: RosterImport) -> None:
    task = dies()
    lifeline = Lifeline()
    lifeline._note_start(task.task_result)
    lifeline._sign()
    take_up()
    assert status() == "RUNNING"
    dies(worker="un autre")
    lifeline._sign()  # it comes back from a long sleep: the task is somebody else's
    take_up()
    assert status() == "FAILED"


def test_a_worker_that_dies_after_signs_of_life_is_missed_all_the_same(waiting: RosterImport) -> None:
    lifeline = Lifeline()
    lifeline._note_start(dies().task_result)
    lifeline._sign()
    time.sleep(0.005)
    take_up(timedelta(milliseconds=2))
    assert status() == "READY"


def test_the_lifeline_hears_which_task_runs_while_it_is_open(waiting: RosterImport) -> None:
    result = dies().task_result
    with Lifeline() as lifeline:
        task_started.send(sender=object, task_result=result)
        assert lifeline._running is result
        task_finished.send(sender=object, task_result=result)
        assert lifeline._running is None
    task_started.send(sender=object, task_result=result)
    assert lifeline._running is None
