"""Two people, two clicks, at the very same moment: only PostgreSQL lets them run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from preau.establishments.models import Establishment
from preau.rosters.actions import AlreadyApplied, StaleImport, apply_import, read_import, start_import
from preau.rosters.models import Learner, RosterImport
from preau.web.refusals import Refusal
from tests.rosters.conftest import NOON, Office
from tests.rosters.siecle import pupil
from tests.world import build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", ine="012345678KE")


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of these at once, each on its own connection; what each gave, or the refusal it met."""
    start, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = deed()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_a_double_click_at_the_same_instant_applies_once() -> None:
    office = Office(build_world())
    ready = office.bring(office.file(INIGO))
    clicks = [lambda: apply_import(roster_import=ready, by=None, at=NOON)] * 6
    results = together(*clicks)
    assert sum(isinstance(result, RosterImport) for result in results) == 1
    assert sum(isinstance(result, AlreadyApplied) for result in results) == 5
    assert Learner.objects.filter(ine="012345678KE").count() == 1
    assert Establishment.objects.get(uai="0931434D").roster_version == 1


def test_two_people_apply_two_files_at_the_same_instant_and_one_wins() -> None:
    office = Office(build_world())
    ready = [office.bring(office.file(INIGO)), office.bring(office.file(without=("nils",)))]
    results = together(*[lambda one=one: apply_import(roster_import=one, by=None, at=NOON) for one in ready])
    assert sorted(type(result) for result in results if not isinstance(result, RosterImport)) == [StaleImport]
    assert RosterImport.objects.filter(state="APPLIED").count() == 1
    arrived = Learner.objects.filter(ine="012345678KE").exists()
    assert arrived != Learner.objects.gone().exists()


def test_the_same_file_brought_twice_at_the_same_instant_is_one_import() -> None:
    office = Office(build_world())
    school, content = office.world.tilleuls, office.file(INIGO)

    def bring() -> int:
        return start_import(establishment=school, file_name="a.xml", content=content, by=None, at=NOON).pk

    assert len(set(together(*[bring] * 5))) == 1
    assert RosterImport.objects.count() == 1


def test_two_workers_that_read_the_same_file_lay_it_out_once() -> None:
    office = Office(build_world())
    made = start_import(
        establishment=office.world.tilleuls, file_name="a.xml", content=office.file(INIGO), by=None, at=NOON
    )
    together(*[lambda: read_import(roster_import_id=made.pk, clock=lambda: NOON)] * 3)
    made.refresh_from_db()
    assert (made.state, made.changes.count()) == ("READY", 1)
