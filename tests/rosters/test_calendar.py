"""What may be applied these days: everything, arrivals only, or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from preau.audit.models import Entry
from preau.rosters.actions import DaysInDisorder, DeparturesHeld, Frozen, set_calendar
from preau.rosters.calendar import CalendarMode, ImportCalendar, is_old, mode_of
from preau.rosters.models import ImportState
from tests.rosters.siecle import pupil
from tests.world import World

INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")


@pytest.fixture
def choose(office, world: World):
    def decide(mode: CalendarMode, **said: object) -> ImportCalendar:
        values = {"since": None, "until": None, "reason": "", **said}
        return set_calendar(establishment=world.tilleuls, mode=mode, by=world.ndiaye, at=office.now, **values)

    return decide


def withheld(roster_import) -> list[str]:
    return [p["pupil"]["name"] for p in roster_import.problems if p["code"] == "DEPARTURE_WITHHELD"]


def test_without_a_choice_everything_is_taken(world: World) -> None:
    assert mode_of(world.tilleuls, on=date(2026, 9, 3)) == CalendarMode.NORMAL


def test_a_choice_holds_from_its_first_day_to_its_last_included(choose, world: World) -> None:
    choose(CalendarMode.FROZEN, since=date(2026, 9, 1), until=date(2026, 9, 5))
    days = {day: mode_of(world.tilleuls, on=date(2026, 9, day)) for day in (1, 5, 6)}
    assert [days[1], days[5], days[6]] == ["FROZEN", "FROZEN", "NORMAL"]
    assert mode_of(world.tilleuls, on=date(2026, 8, 31)) == CalendarMode.NORMAL
    with pytest.raises(DaysInDisorder):
        choose(CalendarMode.FROZEN, since=date(2026, 9, 6), until=date(2026, 9, 5))
    assert Entry.objects.get(verb="calendrier-change").facts == {"mode": "gelé"}


def test_with_additions_only_nobody_leaves_and_the_preview_names_them(
    choose, office, kinds, world: World
) -> None:
    choose(CalendarMode.ADDITIONS)
    ready = office.bring(office.file(INIGO, without=("nils",), lea={"division": "6C"}))
    assert kinds(ready) == {"ARRIVAL": ["Íñigo"], "CLASS_CHANGE": ["Léa"]}
    assert withheld(ready) == ["ØSTERGAARD Nils"]
    office.apply(ready)
    world.learners["nils"].refresh_from_db()
    assert world.learners["nils"].status == "PRESENT"


def test_with_additions_only_a_date_of_exit_waits_too(choose, office, kinds) -> None:
    choose(CalendarMode.ADDITIONS)
    ready = office.bring(office.file(nils={"left": "01/09/2026"}))
    assert kinds(ready) == {}
    assert withheld(ready) == ["ØSTERGAARD Nils"]


def test_a_preview_with_departures_made_before_is_refused_and_the_file_read_again(
    choose, office, kinds
) -> None:
    content = office.file(INIGO, without=("nils",))
    ready = office.bring(content)
    choose(CalendarMode.ADDITIONS)
    with pytest.raises(DeparturesHeld):
        office.apply(ready)
    again = office.bring(content)
    assert (again.pk != ready.pk, kinds(again)) == (True, {"ARRIVAL": ["Íñigo"]})
    choose(CalendarMode.NORMAL)
    assert kinds(office.bring(content)) == {"ARRIVAL": ["Íñigo"], "DEPARTURE": ["Nils"]}


def test_frozen_a_file_is_read_but_not_applied_and_it_is_said_who_and_why(choose, office, kinds) -> None:
    choose(CalendarMode.FROZEN, until=date(2026, 9, 10), reason="conseils de rentrée")
    ready = office.bring(office.file(INIGO))
    assert kinds(ready) == {"ARRIVAL": ["Íñigo"]}
    with pytest.raises(
        Frozen, match=r"gelés par Moussa N’DIAYE jusqu’au 10/09/2026 inclus \(conseils de rentrée\)"
    ):
        office.apply(ready)
    ready.refresh_from_db()
    assert ready.state == ImportState.READY
    choose(CalendarMode.NORMAL)
    office.apply(ready)


def test_a_roster_of_august_is_old_in_october_but_not_in_november() -> None:
    assert is_old(date(2026, 8, 25), today=date(2026, 10, 1))
    assert not is_old(date(2026, 9, 10), today=date(2026, 10, 1))
    assert not is_old(date(2026, 8, 25), today=date(2026, 11, 2))
