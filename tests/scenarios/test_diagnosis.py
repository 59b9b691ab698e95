"""One pupil has one next step, whatever is known of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preau.scenarios.diagnosis import (
    ADD_INE,
    CONFIRM_CLASS,
    GIVE_CARD,
    NOTHING,
    OPEN_TILE,
    SIGN_IN,
    STEPS,
    TYPE_CARD,
    Facts,
    Who,
    next_step,
)

MODES = ("MEDIACENTRE", "USERNAME", "EMAIL")
facts = st.builds(
    Facts,
    present=st.booleans(),
    division=st.sampled_from(["", "6C"]),
    has_ine=st.booleans(),
    modes=st.frozensets(st.sampled_from(MODES)),
    target=st.sampled_from(MODES),
    owned=st.booleans(),
    entered=st.booleans(),
    card=st.booleans(),
)


@given(facts)
def test_every_combination_of_facts_gets_one_known_step(known: Facts) -> None:
    step = next_step(known)
    assert step in STEPS
    assert bool(step.label) == (step.who is not Who.NOBODY)


@given(facts)
def test_nothing_is_ever_asked_for_a_pupil_who_left(known: Facts) -> None:
    if not known.present:
        assert next_step(known) == NOTHING


@given(facts)
def test_nobody_without_a_way_in_is_left_without_a_step(known: Facts) -> None:
    if known.present and not known.owned:
        assert next_step(known) in {GIVE_CARD, TYPE_CARD}


def test_lea_is_new_then_holds_a_card_then_is_in() -> None:
    assert next_step(Facts(division="6A")) == GIVE_CARD
    assert next_step(Facts(division="6A", card=True)) == TYPE_CARD
    inside = Facts(division="6A", modes=frozenset({"USERNAME"}), owned=True, entered=True)
    assert next_step(inside) == NOTHING


def test_a_pupil_known_from_last_year_only_has_to_sign_in() -> None:
    assert next_step(Facts(division="5B", modes=frozenset({"USERNAME"}), owned=True)) == SIGN_IN


def test_a_school_that_chose_the_mediacentre_sends_its_pupils_to_the_tile() -> None:
    known = Facts(
        division="5B", modes=frozenset({"USERNAME"}), owned=True, entered=True, target="MEDIACENTRE"
    )
    assert next_step(known) == OPEN_TILE


def test_what_the_secretariat_corrects_comes_once_the_pupil_is_in() -> None:
    inside = {"modes": frozenset({"USERNAME"}), "owned": True, "entered": True}
    assert next_step(Facts(division="", **inside)) == CONFIRM_CLASS
    assert next_step(Facts(division="6A", has_ine=False, **inside)) == ADD_INE
    assert next_step(Facts(division="", has_ine=False)) == GIVE_CARD
