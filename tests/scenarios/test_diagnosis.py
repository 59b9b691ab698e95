"""One pupil has one situation and one next step, whatever is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preau.scenarios import words
from preau.scenarios.diagnosis import Age, Diagnosis, Facts, Known, Password, Roster, Seen, diagnose
from preau.scenarios.words import Need, Step, Who

MODES = ("MEDIACENTRE", "USERNAME", "EMAIL")
SETS_OF_MODES = [frozenset(held) for size in range(4) for held in combinations(MODES, size)]
CHOICES = {
    "roster": list(Roster),
    "has_class": [False, True],
    "has_ine": [False, True],
    "age": list(Age),
    "account": list(Known),
    "modes": SETS_OF_MODES,
    "target": list(MODES),
    "password": list(Password),
    "seen": list(Seen),
    "entered": [False, True],
    "by_tile": [False, True],
}
facts = st.builds(Facts, **{name: st.sampled_from(choices) for name, choices in CHOICES.items()})


def every_combination() -> Iterator[Facts]:
    return (Facts(*values) for values in product(*CHOICES.values()))


def known(modes: str = "", target: str = "USERNAME", **more: object) -> Facts:
    """A pupil whose account is attached here, with a password of their own: « M », « U », « E »."""
    held = frozenset(mode for mode in MODES if mode[0] in modes)
    password = Password.OWN if held - {"MEDIACENTRE"} else Password.NONE
    return Facts(**{"account": Known.ATTACHED, "modes": held, "target": target, "password": password, **more})


def answer(facts: Facts) -> tuple[str, Step]:
    found = diagnose(facts)
    return found.situation.key, found.step


def test_the_walk_forgets_no_fact() -> None:
    assert list(CHOICES) == [field.name for field in fields(Facts)]


def test_every_combination_of_facts_gets_exactly_one_answer_and_every_answer_is_reached() -> None:
    situations, steps, number = set(), set(), 0
    for one in every_combination():
        found = diagnose(one)
        situations.add(found.situation)
        steps.add(found.step)
        number += 1
    assert number == 165_888
    assert situations == set(words.SITUATIONS)
    assert steps == set(words.STEPS)


def whole(found: Diagnosis) -> bool:
    """Somebody acts, or there is nothing to do; both readers are told what and why."""
    asked = found.step is not words.NOTHING
    return bool(found.step.label) == asked == (found.who is not Who.NOBODY) and bool(
        found.why and found.step.pupil and found.pupil_why
    )


@given(facts)
def test_an_answer_is_whole_and_the_same_each_time(one: Facts) -> None:
    found = diagnose(one)
    assert found == diagnose(one)
    assert whole(found)


@given(facts)
def test_nothing_is_ever_asked_for_a_pupil_who_left(one: Facts) -> None:
    if one.roster is Roster.LEFT:
        assert answer(one) == ("GONE", words.NOTHING)


@given(facts)
def test_nobody_without_a_way_in_is_left_without_a_step(one: Facts) -> None:
    owned = one.password in {Password.OWN, Password.THROTTLED} or "MEDIACENTRE" in one.held
    if one.roster is Roster.PRESENT and not owned:
        assert diagnose(one).step in {
            words.GIVE_CARD, words.TYPE_CARD, words.OPEN_TILE, words.SHOW_TILE, words.CONVERT_MAIL, words.DECIDE,
        }  # fmt: skip


@given(facts)
def test_nobody_who_must_still_enter_is_said_to_have_nothing_to_do(one: Facts) -> None:
    if one.roster is Roster.PRESENT and not one.entered:
        assert diagnose(one).step.who in {Who.YOU, Who.PUPIL, Who.MEDIACENTRE}


@given(facts)
def test_a_school_that_did_not_choose_the_mediacentre_sends_nobody_to_the_tile(one: Facts) -> None:
    if one.target != "MEDIACENTRE":
        assert diagnose(one).step not in {words.OPEN_TILE, words.SHOW_TILE}


@given(facts)
def test_no_address_is_ever_asked_for_before_fifteen(one: Facts) -> None:
    if one.age is Age.UNDER_15:
        assert diagnose(one).step is not words.SIGN_IN_BY_MAIL


@pytest.mark.parametrize(
    ("one", "situation", "step"),
    [
        (Facts(), "NO_ACCOUNT", words.GIVE_CARD),
        (Facts(password=Password.ONE_TIME), "NO_ACCOUNT", words.TYPE_CARD),
        (Facts(target="MEDIACENTRE"), "NO_ACCOUNT", words.SHOW_TILE),
        (Facts(target="MEDIACENTRE", seen=Seen.SCHOOL), "NO_ACCOUNT", words.OPEN_TILE),
        (known("M", "MEDIACENTRE", seen=Seen.PUPIL), "MEDIACENTRE_TO_MEDIACENTRE", words.OPEN_TILE),
        (known("M", seen=Seen.PUPIL), "MEDIACENTRE_TO_USERNAME", words.GIVE_USERNAME),
        (known("MU", password=Password.NONE), "MEDIACENTRE_TO_USERNAME", words.GIVE_CARD),
        (known("U"), "USERNAME_TO_USERNAME", words.SIGN_IN),
        (known("U", "MEDIACENTRE", seen=Seen.CLASS), "USERNAME_TO_MEDIACENTRE", words.OPEN_TILE),
        (known("U", "MEDIACENTRE"), "USERNAME_TO_MEDIACENTRE", words.SHOW_TILE),
        (
            known("U", "MEDIACENTRE", password=Password.NONE, seen=Seen.CLASS),
            "USERNAME_TO_MEDIACENTRE",
            words.OPEN_TILE,
        ),
    ],
)
def test_the_five_rows_of_the_leaflet(one: Facts, situation: str, step: Step) -> None:
    assert answer(one) == (situation, step)


def test_lea_is_new_then_holds_a_card_then_is_in() -> None:
    assert diagnose(Facts()).step is words.GIVE_CARD
    assert diagnose(Facts(password=Password.ONE_TIME)).step is words.TYPE_CARD
    assert answer(known("U", entered=True)) == ("DONE", words.NOTHING)


def test_a_pupil_known_from_last_year_only_has_to_sign_in() -> None:
    assert diagnose(known("U")).step is words.SIGN_IN
    assert diagnose(known("E", age=Age.FROM_15)).step is words.SIGN_IN_BY_MAIL


def test_a_school_that_chose_the_mediacentre_sends_its_pupils_to_the_tile() -> None:
    come_in = known("U", "MEDIACENTRE", entered=True, seen=Seen.SCHOOL)
    assert diagnose(come_in).step is words.OPEN_TILE


def test_what_the_tile_will_ask_for_is_said_before() -> None:
    at_the_tile = {"target": "MEDIACENTRE", "seen": Seen.CLASS}
    assert diagnose(known("U", **at_the_tile)).needs == (Need.ENT, Need.PASSWORD_OR_CARD)
    assert diagnose(Facts(**at_the_tile)).needs == (Need.ENT, Need.NAMES)
    assert diagnose(known("U", password=Password.NONE, **at_the_tile)).needs == (Need.ENT, Need.NAMES)
    assert diagnose(Facts(password=Password.ONE_TIME, **at_the_tile)).needs == (Need.ENT, Need.CARD)
    assert diagnose(known("M", **at_the_tile)).needs == (Need.ENT,)


def test_who_has_both_ways_in_has_nothing_more_to_do_whatever_the_school_chose() -> None:
    for target in MODES:
        assert answer(known("MU", target, entered=True, by_tile=True)) == ("DONE", words.NOTHING)


def test_an_address_before_fifteen_is_converted_first_and_passes_the_day_after() -> None:
    assert answer(known("E", entered=True)) == ("MAIL_TOO_YOUNG", words.CONVERT_MAIL)
    assert answer(known("E", entered=True, age=Age.FROM_15)) == ("DONE", words.NOTHING)


def test_an_account_that_nobody_dared_to_attach_is_looked_at_before_a_card() -> None:
    assert answer(Facts(account=Known.DOUBTED)) == ("TO_DECIDE", words.DECIDE)
    assert diagnose(Facts(account=Known.DOUBTED, password=Password.ONE_TIME)).step is words.TYPE_CARD


def test_too_many_wrong_passwords_bar_the_way_but_for_who_enters_by_the_tile() -> None:
    assert diagnose(known("U", password=Password.THROTTLED, entered=True)).step is words.UNBLOCK
    by_tile = known(
        "MU", "MEDIACENTRE", password=Password.THROTTLED, entered=True, by_tile=True, seen=Seen.PUPIL
    )
    assert diagnose(by_tile).step is words.NOTHING


def test_what_the_secretariat_corrects_comes_once_the_pupil_is_in() -> None:
    assert diagnose(known("U", entered=True, has_class=False)).step is words.CONFIRM_CLASS
    assert diagnose(known("U", entered=True, has_ine=False)).step is words.ADD_INE
    assert diagnose(known("U", entered=True, age=Age.UNKNOWN)).step is words.ADD_BIRTH_DATE
    assert diagnose(Facts(has_class=False, has_ine=False)).step is words.GIVE_CARD


def test_a_pupil_who_is_not_in_the_base_is_added_by_somebody() -> None:
    assert answer(Facts(roster=Roster.UNKNOWN)) == ("NOT_ENROLLED", words.ADD_PUPIL)


def test_words_say_vous_to_adults_and_tu_to_pupils() -> None:
    for step in words.STEPS:
        assert " tu " not in f" {step.label} {step.why} ".lower()
        assert "vous" not in f"{step.pupil} {step.pupil_why}".lower().replace("rendez-vous", "")
    keys = [one.key for one in (*words.STEPS, *words.SITUATIONS)]
    assert len(set(keys)) == len(keys)
