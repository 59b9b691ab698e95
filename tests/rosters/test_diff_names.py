"""Who is who when no number says it: names, birth date, class, and a question for what is not sure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preau.rosterfiles.pupil import Pupil, Status
from preau.rosters.diff import Diff, compare
from preau.rosters.questions import Question, changes_of
from preau.rosters.rows import Change
from tests.rosters.test_diff import known, lea, numbers_are_unique, only, roster_after

LISTED = lea(local_id=None, ine=None)  # Léa as a list says her
LEO = lea(local_id=None, ine=None, last_name="OSTERGAARD", first_name="Léo", birth_date=date(2014, 7, 1))


def asked(diff: Diff) -> Question:
    (question,) = diff.questions
    return question


def kinds(changes: list[Change]) -> dict[str, int | None]:
    return {change.kind: change.learner_id for change in changes}


def test_a_list_without_numbers_brought_twice_changes_nothing() -> None:
    diff = compare(known(LISTED, LEO), [LISTED, LEO])
    assert (diff.changes, diff.questions, diff.unchanged) == ([], [], 2)


def test_the_same_names_and_date_are_the_same_lea_whatever_the_accents_and_she_gains_her_numbers() -> None:
    change = only(compare(known(LISTED), [lea(last_name="Martin", first_name="LEA")]))
    assert (change.kind, change.learner_id, change.after.ine) == ("CORRECTION", 1, "123456789FJ")


def test_a_list_that_gives_the_usage_name_finds_maelys_and_does_not_take_it_for_her_family_name() -> None:
    maelys = lea(last_name="ŒUVRARD", usage_name="D’ŒUILLY", first_name="Maëlys")
    said = replace(LISTED, last_name="D'OEUILLY", first_name="Maëlys")
    assert compare(known(maelys), [said], silent_on={"usage_name"}).changes == []


def test_another_ine_for_the_same_names_and_date_is_asked_never_decided() -> None:
    diff = compare(known(lea(local_id=None)), [lea(local_id=None, ine="012345678KE")])
    assert (diff.changes, diff.unchanged) == ([], 1)
    assert asked(diff).candidates[0].reasons[-1] == "autre INE"


def test_homonyms_born_the_same_day_are_asked_about() -> None:
    diff = compare(known(LISTED, replace(LISTED, division="6B", division_key="6b")), [LISTED])
    assert diff.changes == []
    assert {each.learner_id for each in asked(diff).candidates} == {1, 2}


def test_two_pupils_of_the_file_who_could_both_be_lea_are_asked_about() -> None:
    diff = compare(known(LISTED), [lea(local_id="1"), lea(local_id="2", ine="012345678KE")])
    assert diff.changes == []
    assert [[each.learner_id for each in question.candidates] for question in diff.questions] == [[1], [1]]


def test_somebody_written_by_hand_is_asked_about_even_when_everything_agrees() -> None:
    diff = compare(known(LISTED), [lea()], by_hand={1})
    assert diff.changes == []
    assert asked(diff).candidates[0].learner_id == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"birth_date": None}, "date de naissance non dite"),
        ({"birth_date": date(2015, 3, 13)}, "date de naissance presque la même"),
        ({"birth_date": date(2015, 12, 3)}, "date de naissance presque la même"),
        ({"last_name": "MARTYN"}, "nom proche"),
        ({"last_name": "MARTIN-LEROY"}, "nom proche"),
        ({"last_name": "DURAND"}, "autre nom de famille"),
        ({"birth_date": date(2014, 1, 9)}, "autre date de naissance"),
    ],
)
def test_what_is_nearly_lea_is_a_question(said: dict[str, object], reason: str) -> None:
    diff = compare(known(LISTED), [replace(LISTED, **said)])
    assert diff.changes == []
    assert reason in asked(diff).candidates[0].reasons


@pytest.mark.parametrize(
    "said",
    [
        {"first_name": "Zoé", "last_name": "ÇELİK"},
        {"first_name": "Zoé"},  # a twin
        {"birth_date": date(2012, 1, 9), "division": "3A", "division_key": "3a"},
        {"last_name": "DURAND", "division": "6B", "division_key": "6b"},
    ],
)
def test_what_is_not_lea_arrives_and_she_leaves(said: dict[str, object]) -> None:
    diff = compare(known(LISTED), [replace(LISTED, **said)])
    assert kinds(diff.changes) == {"ARRIVAL": None, "DEPARTURE": 1}


def test_the_answer_yes_makes_it_a_correction_no_an_arrival_and_a_departure() -> None:
    diff = compare(known(LISTED), [replace(LISTED, birth_date=date(2015, 3, 13))])
    assert kinds(changes_of(diff.questions, {0: 1})) == {"CORRECTION": 1}
    assert kinds(changes_of(diff.questions, {0: None})) == {"ARRIVAL": None, "DEPARTURE": 1}
    assert changes_of(diff.questions, {0: 99}) == []


def test_a_candidate_stays_as_long_as_one_question_about_her_is_open() -> None:
    near = [replace(LISTED, birth_date=date(2015, 3, day)) for day in (13, 14)]
    diff = compare(known(LISTED), near)
    assert len(diff.questions) == 2
    assert kinds(changes_of(diff.questions, {0: None})) == {"ARRIVAL": None}
    both = changes_of(diff.questions, {0: 1, 1: 1})
    assert [(change.kind, change.after.birth_date) for change in both] == [("CORRECTION", "2015-03-13")]


def test_lea_who_left_is_asked_about_and_comes_back_if_it_is_her() -> None:
    gone = replace(LISTED, status=Status.LEFT)
    diff = compare(known(gone), [replace(LISTED, birth_date=None)])
    assert kinds(changes_of(diff.questions, {0: 1})) == {"RETURN": 1}
    assert kinds(changes_of(diff.questions, {0: None})) == {"ARRIVAL": None}


def test_a_list_without_dates_makes_plain_questions_that_one_answer_settles() -> None:
    diff = compare(known(LISTED, LEO), [replace(LISTED, birth_date=None), replace(LEO, birth_date=None)])
    assert [question.plain for question in diff.questions] == [True, True]


def test_names_alone_are_plain_too_but_not_for_somebody_who_left_nor_against_another_class() -> None:
    bare = replace(LISTED, birth_date=None, division=None, division_key=None)
    assert [question.plain for question in compare(known(LISTED), [bare]).questions] == [True]
    gone = replace(LISTED, status=Status.LEFT)
    assert [question.plain for question in compare(known(gone), [bare]).questions] == [False]
    elsewhere = replace(LISTED, birth_date=None, division="3Z", division_key="3z")
    assert [question.plain for question in compare(known(LISTED), [elsewhere]).questions] == [False]


def test_a_line_that_names_nobody_for_sure_leaves_every_namesake_alone() -> None:
    unsure = replace(LISTED, birth_date=None)
    diff = compare(known(LISTED, LEO), [LEO], [unsure])
    assert (diff.changes, diff.unchanged) == ([], 2)


def test_what_a_list_has_no_column_for_is_not_forgotten() -> None:
    whole = lea(usage_name="LEROY", other_first_names=("Anne",), groups=("6LAT",))
    silent = {"local_id", "ine", "usage_name", "other_first_names", "groups", "division"}
    bare = replace(LISTED, division=None, division_key=None)
    assert compare(known(whole), [bare], silent_on=silent).changes == []
    change = only(compare(known(whole), [bare]))
    assert (change.kind, change.after.usage_name, change.after.groups) == ("CLASS_CHANGE", "", ())


def test_a_list_in_capitals_does_not_take_the_accents_away_and_siecle_may() -> None:
    said = replace(LISTED, first_name="LEA")
    assert compare(known(LISTED), [said], silent_on={"local_id"}).changes == []
    assert only(compare(known(LISTED), [said])).after.first_name == "LEA"
    accented = replace(LISTED, first_name="Léa")
    assert only(compare(known(said), [accented], silent_on={"local_id"})).after.first_name == "Léa"


PEOPLE = st.lists(
    st.builds(
        lea,
        local_id=st.sampled_from([None, None, "1", "2"]),
        ine=st.sampled_from([None, None, "1", "2"]),
        last_name=st.sampled_from(["MARTIN", "MARTYN", "LEROY"]),
        usage_name=st.sampled_from([None, "LEROY"]),
        first_name=st.sampled_from(["Léa", "Léana", "Léanna"]),
        birth_date=st.sampled_from([None, date(2015, 3, 12), date(2015, 3, 13)]),
        division=st.just("6A"),
        division_key=st.sampled_from(["6a", "6b"]),
        status=st.sampled_from([Status.PRESENT, Status.PRESENT, Status.LEFT]),
    ),
    max_size=7,
)


@given(PEOPLE, PEOPLE, PEOPLE, st.sets(st.sampled_from(["usage_name", "division", "groups"])), st.data())
def test_any_answers_leave_nobody_twice_and_nobody_touched_by_an_open_question(
    first: list[Pupil], second: list[Pupil], blocked: list[Pupil], silent: set[str], data: st.DataObject
) -> None:
    roster = roster_after([], compare([], first))
    diff = compare(roster, second, blocked, silent_on=silent)
    answers = {
        question.rank: data.draw(st.sampled_from([None, *(each.learner_id for each in question.candidates)]))
        for question in diff.questions
        if data.draw(st.booleans())
    }
    firm = [change for change in diff.changes if change.learner_id not in diff.asked_about]
    told = changes_of(diff.questions, answers)
    touched = [change.learner_id for change in (*firm, *told) if change.learner_id is not None]
    assert len(touched) == len(set(touched))
    open_about = {
        each.learner_id
        for question in diff.questions
        if question.rank not in answers
        for each in question.candidates
    }
    said = {who for who in answers.values() if who is not None}
    assert all(change.kind == "CORRECTION" for change in told if change.learner_id in open_about - said)
    after = roster_after(roster, replace(diff, changes=[*firm, *told]))
    assert numbers_are_unique(after)
    arrivals = sum(change.learner_id is None for change in told)
    assert arrivals == sum(who is None for who in answers.values())


def crowd(size: int, make: Callable[[int], dict[str, object]]) -> list[Pupil]:
    return [replace(LISTED, **make(number)) for number in range(size)]


def test_a_large_school_without_any_number_is_compared_at_once() -> None:
    def one(number: int) -> dict[str, object]:
        born = date(2009, 1, 1) + timedelta(days=number % 2500)
        return {"last_name": f"NOM{number}", "birth_date": born, "division_key": f"{number % 120}"}

    people = crowd(5_000, one)
    before = known(*people)
    began = time.process_time()
    assert compare(before, people).changes == []
    assert len(compare(before, [replace(each, birth_date=None) for each in people]).questions) == 5_000
    one_day = [replace(each, birth_date=date(2015, 1, 1), first_name="Zoé") for each in people]
    compare(before, one_day)
    assert time.process_time() - began < 8
