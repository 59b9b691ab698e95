"""A pupil written by hand, and what the next file makes of them."""

from __future__ import annotations

from datetime import date

import pytest

from preau.audit.models import Entry
from preau.rosters.actions import (
    AlreadyLeft,
    ChangedByHand,
    DepartureToCome,
    DivisionElsewhere,
    Identity,
    InePresent,
    NamesakeHere,
    NotLeft,
    StaleImport,
    add_learner,
    answer_questions,
    correct_learner,
    mark_back,
    mark_left,
    undo_import,
)
from preau.rosters.models import Learner
from tests.rosters.siecle import pupil
from tests.world import World

INE = "012345678KE"
BORN = date(2015, 2, 1)
INIGO = pupil("2001", "NUÑEZ", "Íñigo", "6A", born="01/02/2015", ine=INE)


@pytest.fixture
def add(office, world: World):
    def enrol(**said: object) -> Learner:
        values = {"last_name": "Nuñez", "first_name": "Íñigo", "birth_date": BORN} | said
        somebody_else = bool(values.pop("somebody_else", False))
        return add_learner(
            establishment=world.tilleuls,
            identity=Identity(**{"division": world.divisions["6A"], **values}),
            by=world.boeuf,
            at=office.now,
            somebody_else=somebody_else,
        )

    return enrol


def version(world: World) -> int:
    world.tilleuls.refresh_from_db()
    return world.tilleuls.roster_version


def unseen(roster_import) -> list[str]:
    return [p["pupil"]["name"] for p in roster_import.problems if p["code"] == "BY_HAND_UNSEEN"]


def test_inigo_arrives_late_and_is_found_as_if_a_file_had_brought_him(add, office, world: World) -> None:
    before = version(world)
    inigo = add(usage_name="D’Œuilly")
    assert (inigo.sort_key, inigo.search_key) == ("d oeuilly inigo", "nunez d oeuilly inigo")
    assert (inigo.local_id, inigo.ine, inigo.status) == (None, None, "PRESENT")
    assert version(world) == before + 1
    entry = Entry.objects.get(verb="eleve-ajoute")
    assert (entry.learner_id, entry.about) == (inigo.pk, "Íñigo D’ŒUILLY")
    assert "2015" not in str(entry.facts)


def test_a_preview_made_before_is_stale_and_an_older_import_is_not_undone_over_it(add, office) -> None:
    applied = office.apply(office.bring(office.file(pupil("2002", "KO", "Kim"))))
    ready = office.bring(office.file(pupil("2002", "KO", "Kim"), pupil("2003", "LI", "An")))
    inigo = add()
    with pytest.raises(StaleImport):
        office.apply(ready)
    with pytest.raises(ChangedByHand):
        undo_import(roster_import=applied, by=None, at=office.now)
    inigo.refresh_from_db()


def test_the_same_ine_names_who_has_it(add, world: World) -> None:
    with pytest.raises(InePresent, match=r"Léa MARTIN a déjà cet INE dans cet établissement\."):
        add(ine=world.lea.ine)
    assert not Learner.objects.filter(by_hand=True).exists()


def test_the_ine_of_a_pupil_of_another_school_is_nobody_s_business(add, world: World) -> None:
    assert add(ine=world.learners["noe"].ine).pk


def test_a_namesake_born_the_same_day_asks_and_may_be_another_person(add, world: World) -> None:
    with pytest.raises(NamesakeHere, match=r"Léa MARTIN \(6A\)"):
        add(last_name="Martín", first_name="LEA", birth_date=world.lea.birth_date)
    other = add(last_name="Martín", first_name="LEA", birth_date=world.lea.birth_date, somebody_else=True)
    assert other.pk != world.lea.pk


def test_a_class_of_another_school_is_refused(add, world: World) -> None:
    with pytest.raises(DivisionElsewhere):
        add(division=world.divisions["2A"])


def test_lea_is_corrected_and_the_journal_says_what_but_no_value(office, world: World) -> None:
    before = version(world)
    same = {"last_name": "MARTIN", "first_name": "Léa", "birth_date": world.lea.birth_date}
    how = {"learner": world.lea, "by": world.boeuf, "at": office.now}
    correct_learner(identity=Identity(**same, division=world.divisions["6A"]), **how)
    assert version(world) == before  # nothing to change
    same["birth_date"] = date(2015, 3, 13)
    correct_learner(identity=Identity(**same, division=world.divisions["6C"]), **how)
    world.lea.refresh_from_db()
    assert (world.lea.birth_date, world.lea.division.name) == (date(2015, 3, 13), "6C")
    assert world.lea.ine == "123456789FJ"
    assert Entry.objects.get(verb="eleve-corrige").facts == {"what": "date de naissance, classe"}
    assert version(world) == before + 1


def test_lea_leaves_and_comes_back(office, world: World) -> None:
    how = {"learner": world.lea, "by": world.boeuf, "at": office.now}
    with pytest.raises(DepartureToCome):
        mark_left(left_on=date(2026, 9, 4), **how)
    mark_left(left_on=date(2026, 9, 2), **how)
    with pytest.raises(AlreadyLeft):
        mark_left(left_on=date(2026, 9, 2), **how)
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.left_on) == ("LEFT", date(2026, 9, 2))
    mark_back(**how)
    with pytest.raises(NotLeft):
        mark_back(**how)
    world.lea.refresh_from_db()
    assert (world.lea.status, world.lea.left_on) == ("PRESENT", None)
    assert Entry.objects.filter(verb__in=["eleve-parti", "eleve-revenu"]).count() == 2


def test_a_file_that_still_has_lea_says_that_she_would_come_back(office, world: World, kinds) -> None:
    content = office.file()
    mark_left(learner=world.lea, left_on=date(2026, 9, 2), by=world.boeuf, at=office.now)
    assert kinds(office.bring(content)) == {"RETURN": ["Léa"]}


def test_the_file_recognises_inigo_by_his_ine(add, office, kinds) -> None:
    inigo = add(ine=INE)
    content = office.file(INIGO)
    ready = office.bring(content)
    assert kinds(ready) == {"CORRECTION": ["Íñigo"]}
    assert unseen(ready) == []
    office.apply(ready)
    inigo.refresh_from_db()
    assert inigo.local_id == "2001"
    assert Learner.objects.filter(first_name="Íñigo").count() == 1


def test_without_an_ine_the_file_asks_who_inigo_is(add, office, kinds) -> None:
    inigo = add()
    ready = office.bring(office.file(INIGO))
    assert kinds(ready) == {}
    (question,) = ready.questions.all()
    assert [each["learner_id"] for each in question.candidates] == [inigo.pk]
    answer_questions(roster_import=ready, answers={question.rank: inigo.pk}, by=None, at=office.now)
    ready.refresh_from_db()
    office.apply(ready)
    inigo.refresh_from_db()
    assert (inigo.ine, inigo.local_id) == (INE, "2001")
    assert Learner.objects.filter(first_name="Íñigo").count() == 1


def test_answered_somebody_else_inigo_of_the_file_arrives_and_the_other_stays(add, office, kinds) -> None:
    inigo = add()
    ready = office.bring(office.file(INIGO))
    answer_questions(roster_import=ready, answers={0: None}, by=None, at=office.now)
    ready.refresh_from_db()
    assert kinds(ready) == {"ARRIVAL": ["Íñigo"]}
    office.apply(ready)
    inigo.refresh_from_db()
    assert inigo.status == "PRESENT"


def test_a_file_that_never_knew_inigo_does_not_make_him_leave(add, office, kinds) -> None:
    inigo = add(ine=INE)
    ready = office.bring(office.file(without=("nils",)))
    assert kinds(ready) == {"DEPARTURE": ["Nils"]}
    assert unseen(ready) == ["Nuñez Íñigo"]
    office.apply(ready)
    inigo.refresh_from_db()
    assert inigo.status == "PRESENT"


def test_once_a_file_has_said_inigo_the_next_one_without_him_makes_him_leave(add, office, kinds) -> None:
    add(ine=INE)
    everybody = office.file(INIGO)
    applied = office.apply(office.bring(everybody))
    assert kinds(office.bring(office.file())) == {"DEPARTURE": ["Íñigo"]}
    undo_import(roster_import=applied, by=None, at=office.now)
    office.later(days=1)
    again = office.bring(office.file())
    assert kinds(again) == {}
    assert unseen(again) == ["Nuñez Íñigo"]


def test_a_file_that_says_when_inigo_left_is_believed(add, office, kinds) -> None:
    add(ine=INE)
    gone = pupil("2001", "NUÑEZ", "Íñigo", "6A", born="01/02/2015", ine=INE, left="01/09/2026")
    assert kinds(office.bring(office.file(gone))) == {"DEPARTURE": ["Íñigo"]}
