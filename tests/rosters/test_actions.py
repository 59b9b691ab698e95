"""From a file to the roster."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from preau.audit.models import Entry
from preau.rosters.actions import (
    AlreadyApplied,
    BrakeNeeded,
    NotReady,
    NotSettled,
    ReadingFailed,
    StaleImport,
    apply_import,
    drop_import,
    read_import,
    start_import,
)
from preau.rosters.models import Division, ImportState, Learner, LearnerStatus, PendingFile, RosterImport
from preau.rosters.signals import import_applied
from preau.rosters.statements import tell_sizes
from preau.rosters.waiting import interrupted
from tests.rosters.siecle import file_of, pupil
from tests.world import World

INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6D", born="01/02/2015", ine="012345678KE")


def test_inigo_arrives_in_a_class_that_did_not_exist(office, kinds) -> None:
    ready = office.bring(office.file(INIGO))
    assert (ready.state, kinds(ready)) == (ImportState.READY, {"ARRIVAL": ["Íñigo"]})
    assert ready.counts == {"ARRIVAL": 1, "UNCHANGED": 5, "PRESENT_BEFORE": 5, "DIVISIONS": 4}
    assert not Learner.objects.filter(ine="012345678KE").exists()
    office.apply(ready)
    inigo = Learner.objects.get(ine="012345678KE")
    assert (inigo.division.name, inigo.sort_key, inigo.search_key) == ("6D", "nunez inigo", "nunez inigo")
    assert ready.changes.get().learner_id == inigo.pk
    assert inigo.groups == []
    assert str(inigo.birth_date) == "2015-02-01"


def test_the_same_file_twice_changes_nothing(office) -> None:
    content = office.file(INIGO)
    office.apply(office.bring(content))
    before = list(Learner.objects.order_by("pk").values())
    again = office.bring(content)
    assert again.change_count == 0
    office.apply(again)
    assert list(Learner.objects.order_by("pk").values()) == before


def test_lea_who_is_missing_from_the_file_leaves_and_keeps_her_row(office, world: World) -> None:
    ready = office.apply(office.bring(office.file(without=("lea",))))
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.left_on, world.lea.division.name) == ("LEFT", None, "6A")
    assert ready.emptied == []


def test_lea_comes_back_to_the_same_row(office, world: World) -> None:
    everyone = office.file()
    office.apply(office.bring(office.file(without=("lea",))))
    back = office.apply(office.bring(everyone))
    assert back.counts["RETURN"] == 1
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.division.name) == (LearnerStatus.PRESENT, "6A")


def test_two_pupils_exchange_their_numbers(office, world: World) -> None:
    swap = {
        "lea": {"ine": world.zoe.ine, "local_id": "1003"},
        "zoe": {"ine": world.lea.ine, "local_id": "1001"},
    }
    # Every number says that Léa is Zoé: INE and ELEVE_ID agree, so each row takes the other's name.
    numbers = office.bring(office.file(**swap))
    assert numbers.counts["CLASS_CHANGE"] == 2
    # Only the INE were exchanged: names and birth dates say who is who.
    only_ine = {"lea": {"ine": world.zoe.ine}, "zoe": {"ine": world.lea.ine}}
    office.apply(office.bring(office.file(**only_ine)))
    lea, zoe = Learner.objects.get(pk=world.lea.pk), Learner.objects.get(pk=world.zoe.pk)
    assert (lea.first_name, lea.ine, lea.local_id) == ("Léa", world.zoe.ine, "1001")
    assert (zoe.first_name, zoe.ine, zoe.local_id) == ("Zoé", world.lea.ine, "1003")


def test_a_number_given_to_somebody_else_does_not_give_them_the_account_too(office, world: World) -> None:
    stranger = pupil("1001", "ÇELİK", "Aÿse", "6C", born="30/11/2015", ine="012345678KE")
    ready = office.apply(office.bring(office.file(stranger, without=("lea",))))
    world.lea.refresh_from_db()
    assert (world.lea.first_name, world.lea.status, world.lea.local_id) == ("Léa", "LEFT", None)
    assert Learner.objects.get(local_id="1001").first_name == "Aÿse"
    assert (ready.counts["ARRIVAL"], ready.counts["DEPARTURE"]) == (1, 1)


def test_two_clicks_apply_once(office) -> None:
    ready = office.bring(office.file(INIGO))
    office.apply(ready)
    with pytest.raises(AlreadyApplied):
        office.apply(ready)
    assert Learner.objects.filter(ine="012345678KE").count() == 1
    assert Entry.objects.filter(verb="import-applique").count() == 1


def test_a_preview_made_before_another_import_is_refused(office) -> None:
    first = office.bring(office.file(INIGO))
    second = office.bring(office.file(without=("nils",)))
    office.apply(first)
    with pytest.raises(StaleImport), transaction.atomic():
        office.apply(second)
    second.refresh_from_db()
    assert second.state == ImportState.READY
    assert Learner.objects.gone().count() == 0


def test_many_departures_ask_for_a_typed_sentence(office, world: World) -> None:
    for number in range(40):
        world.learner(
            f"k{number}",
            establishment=world.tilleuls,
            first_name=f"Kim{number}",
            last_name="KO",
            local_id=f"3{number:03}",
            division=world.divisions["6C"],
        )
    leaving = tuple(f"k{number}" for number in range(40))
    ready = office.bring(office.file(without=(*leaving, "apolline")))
    assert (ready.braked, ready.emptied) == (True, ["6C"])
    for typed in (None, "", "oui", "40 départs"):
        with pytest.raises(BrakeNeeded, match="41 départs"), transaction.atomic():
            office.apply(ready, confirmation=typed)
    office.apply(ready, confirmation=" 41  DEPARTS ")
    assert Learner.objects.filter(establishment=world.tilleuls).present().count() == 4


def test_ten_departures_of_a_small_school_are_not_braked() -> None:
    assert not RosterImport(counts={"DEPARTURE": 10, "PRESENT_BEFORE": 12}).braked
    assert RosterImport(counts={"DEPARTURE": 11, "PRESENT_BEFORE": 109}).braked
    assert not RosterImport(counts={"DEPARTURE": 11, "PRESENT_BEFORE": 110}).braked


def test_a_double_click_on_send_is_one_import(office, world: World) -> None:
    how = {"establishment": world.tilleuls, "file_name": "a.xml", "by": world.boeuf, "at": office.now}
    one = start_import(content=office.file(), **how)
    assert start_import(content=office.file(), **how) == one
    read_import(roster_import_id=one.pk, clock=lambda: office.now)
    assert start_import(content=office.file(), **how) == one
    assert RosterImport.objects.count() == 1
    assert Entry.objects.filter(verb="import-depose").count() == 1


def test_the_same_file_is_read_again_once_the_roster_has_changed(office) -> None:
    one = office.bring(office.file())
    office.apply(office.bring(office.file(INIGO)))
    again = office.bring(office.file())
    assert again != one
    assert again.counts["DEPARTURE"] == 1
    one.refresh_from_db()
    assert one.state == ImportState.DROPPED


def test_the_worker_reads_what_was_brought(office, world: World, tasks_now) -> None:
    made = start_import(
        establishment=world.tilleuls, file_name="a.xml", content=office.file(), by=world.boeuf, at=office.now
    )
    assert tasks_now() == 1
    made.refresh_from_db()
    assert made.state in {ImportState.READY, ImportState.REFUSED}  # the worker's clock is today's


def test_the_file_itself_is_never_kept(office) -> None:
    office.bring(office.file())
    office.bring(b"<html>Connexion</html>")
    office.bring(office.file(INIGO)[:-40])
    assert not PendingFile.objects.exists()


def test_last_years_file_is_refused_with_the_sentence_that_says_why(office) -> None:
    refused = office.bring(file_of(*office.unchanged(), year=2025))
    assert refused.state == ImportState.REFUSED
    assert "l’an dernier" in refused.refusals[0]
    assert refused.pupil_count == 5
    with pytest.raises(NotReady):
        office.apply(refused)


def test_the_file_of_another_school_is_refused(office) -> None:
    refused = office.bring(file_of(*office.unchanged(), uai="0180777X"))
    assert refused.state == ImportState.REFUSED
    assert "0180777X" in refused.refusals[0]


@pytest.mark.parametrize("odd", [{"year": 2027}, {"uai": None}, {"year": None}])
def test_next_year_or_an_unnamed_school_has_to_be_confirmed(office, odd) -> None:
    ready = office.bring(file_of(*office.unchanged("lea"), **odd))
    assert ready.state == ImportState.READY
    with pytest.raises(NotSettled), transaction.atomic():
        office.apply(ready)
    office.apply(ready, settled=True)


def test_a_dropped_preview_leaves_nothing_of_anybody(office, world: World) -> None:
    ready = office.bring(office.file(INIGO, pupil("3", "X", "Y")))
    drop_import(roster_import=ready, by=world.boeuf, at=office.now)
    drop_import(roster_import=ready, by=world.boeuf, at=office.now)
    ready.refresh_from_db()
    assert (ready.state, ready.changes.count(), ready.problems) == (ImportState.DROPPED, 0, [])
    with pytest.raises(NotReady), transaction.atomic():
        office.apply(ready)
    assert Entry.objects.filter(verb="import-abandonne").count() == 1


def test_an_applied_import_cannot_be_dropped(office, world: World) -> None:
    applied = office.apply(office.bring(office.file(INIGO)))
    with pytest.raises(AlreadyApplied):
        drop_import(roster_import=applied, by=world.boeuf, at=office.now)


def test_a_reading_that_breaks_says_so_and_quotes_nobody(office, world: World, caplog) -> None:
    made = start_import(
        establishment=world.tilleuls, file_name="a.xml", content=office.file(), by=None, at=office.now
    )
    ticks = iter([ValueError("Léa MARTIN 123456789FJ"), office.now])

    def broken_clock() -> datetime:
        tick = next(ticks)
        if isinstance(tick, ValueError):
            raise tick
        return tick

    with pytest.raises(ReadingFailed) as caught:
        read_import(roster_import_id=made.pk, clock=broken_clock)
    made.refresh_from_db()
    assert made.state == ImportState.FAILED
    assert not PendingFile.objects.exists()
    assert "MARTIN" not in caplog.text + str(caught.value)
    assert "ValueError" in caplog.text


def test_a_reading_that_fell_silent_is_closed_when_a_file_is_brought(office, world: World) -> None:
    how = {"establishment": world.tilleuls, "file_name": "a.xml", "by": world.boeuf}
    silent = start_import(content=office.file(), at=office.now, ask_worker=False, **how)
    assert not interrupted(silent, at=office.now)
    office.later(minutes=11)
    assert interrupted(silent, at=office.now)
    again = office.bring(office.file())
    silent.refresh_from_db()
    assert (silent.state, again.state) == (ImportState.FAILED, ImportState.READY)
    assert read_import(roster_import_id=silent.pk, clock=lambda: office.now) is None


def test_whoever_listens_can_undo_the_whole_import(office, world: World) -> None:
    def refuse(sender: object, **_: object) -> None:
        raise RuntimeError("non")

    ready = office.bring(office.file(INIGO))
    import_applied.connect(refuse)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            office.apply(ready)
    finally:
        import_applied.disconnect(refuse)
    ready.refresh_from_db()
    assert ready.state == ImportState.READY
    assert not Learner.objects.filter(ine="012345678KE").exists()


def test_a_blocked_pupil_is_neither_imported_nor_gone(office, world: World) -> None:
    shared = {"lea": {"ine": "012345678KE"}}
    ready = office.bring(office.file(INIGO, **shared))  # Léa and Íñigo claim one INE
    assert ready.change_count == 0
    assert {problem["code"] for problem in ready.problems} >= {"INE_SHARED"}


def test_two_spellings_of_a_class_are_one_class(office, world: World) -> None:
    ready = office.bring(office.file(pupil("2002", "DUPONT", "Ana", " 6a "), lea={"division": "6 a"}))
    office.apply(ready)
    assert Learner.objects.get(local_id="2002").division == world.divisions["6A"]
    assert Division.objects.filter(establishment=world.tilleuls).count() == 4  # « 6 a » is another


def test_a_pupil_added_by_hand_after_a_preview_gets_another_number(office, world: World) -> None:
    ready = office.bring(office.file(INIGO))
    world.learner("late", establishment=world.tilleuls, first_name="Tard", last_name="VENU")
    office.apply(ready)
    assert Learner.objects.filter(establishment=world.tilleuls).count() == 7


def test_applying_takes_a_handful_of_statements_whatever_the_size(
    office, django_assert_max_num_queries
) -> None:
    newcomers = [pupil(f"9{n:04}", "NOM", f"Prénom{n}", f"6{n % 9}") for n in range(300)]
    ready = office.bring(office.file(*newcomers))
    # PostgreSQL is told how to plan before the writes, and back to its habits after them.
    settings_of_plans = 2 if connection.vendor == "postgresql" else 0
    with django_assert_max_num_queries(18 + settings_of_plans):
        apply_import(roster_import=ready, by=None, at=office.now)
    assert Learner.objects.count() == 306


def test_the_first_import_lets_the_database_count_the_pupils_and_the_next_ones_do_not(
    office, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        office.apply(office.bring(office.file(INIGO)))
    with CaptureQueriesContext(connection) as asked:
        tell_sizes()
    assert not any(one["sql"].startswith("ANALYZE") for one in asked.captured_queries)
    assert len(asked) == (1 if connection.vendor == "postgresql" else 0)
