"""What is known of a pupil → one tile; for whatever is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from preau.attachments.stumbles import Stumble
from preau.classroom.board import WAYS, Call, Deed, Known, Light, Met, tile_of

SINCE = datetime(2026, 9, 3, 8, 0, tzinfo=UTC)
moments = st.none() | st.integers(-120, 120).map(lambda minutes: SINCE + timedelta(minutes=minutes))
mets = st.builds(
    Met,
    what=st.sampled_from(Stumble),
    count=st.integers(1, 9),
    at=st.integers(0, 120).map(lambda minutes: SINCE + timedelta(minutes=minutes)),
)
calls = st.builds(
    Call,
    pk=st.integers(1, 9),
    code=st.just("K7M4"),
    differs=st.sampled_from(["", "un chiffre du jour diffère"]),
    at=st.integers(0, 120).map(lambda minutes: SINCE + timedelta(minutes=minutes)),
    elsewhere=st.booleans(),
)
anything = st.builds(
    Known,
    since=st.just(SINCE),
    entered_at=moments,
    seen_at=moments,
    live=st.booleans(),
    how=st.sampled_from(["", "inconnu", *WAYS]),
    attached=st.booleans(),
    missed=st.integers(0, 9),
    missed_at=moments,
    met=st.lists(mets, max_size=3).map(tuple),
    call=st.none() | calls,
    recognised_at=moments,
    card_at=moments,
    acted_at=moments,
    doing=st.sampled_from(["", "Commencé : Rentrée"]),
)


def at(minutes: int) -> datetime:
    return SINCE + timedelta(minutes=minutes)


@given(anything)
def test_every_pupil_has_one_light_and_who_needs_help_has_a_reason_and_one_deed(known: Known) -> None:
    tile = tile_of(known)
    if tile.light is Light.HELP:
        assert tile.reason
        assert tile.deed is not Deed.NONE
        assert tile.deed is not Deed.ACCEPT or known.call is not None
    else:
        assert tile.deed is Deed.NONE
    assert tile_of(known) == tile


@given(anything)
def test_nobody_is_green_without_having_come_during_the_lesson(known: Known) -> None:
    came = any(one is not None and one >= SINCE for one in (known.entered_at, known.seen_at))
    assert came or tile_of(known).light is not Light.IN


@given(anything, st.integers(121, 200))
def test_whoever_enters_after_everything_is_green_whatever_happened_before(known: Known, later: int) -> None:
    from dataclasses import replace

    assert tile_of(replace(known, entered_at=at(later), live=True)).light is Light.IN


def test_lea_is_grey_then_orange_then_green() -> None:
    assert tile_of(Known(since=SINCE, attached=True)).light is Light.WAIT
    spent = (Met(Stumble.CARD_SPENT, 1, at(2)),)
    assert tile_of(Known(since=SINCE, met=spent)).deed is Deed.NEW_CODE
    inside = tile_of(Known(since=SINCE, met=spent, entered_at=at(4), live=True, how="card", attached=True))
    assert (inside.light, inside.reason) == (Light.IN, "Sur sa page d’accueil, par sa carte")


def test_one_typing_error_is_nobodys_business_two_are_told_and_five_can_be_unblocked() -> None:
    tiles = [tile_of(Known(since=SINCE, attached=True, missed=count, missed_at=at(1))) for count in (1, 2, 5)]
    assert [one.light for one in tiles] == [Light.WAIT, Light.HELP, Light.HELP]
    assert [one.deed for one in tiles] == [Deed.NONE, Deed.NEW_CODE, Deed.UNBLOCK]


def test_yesterdays_wrong_passwords_do_not_count() -> None:
    assert tile_of(Known(since=SINCE, attached=True, missed=9, missed_at=at(-60))).light is Light.WAIT


def test_a_new_code_takes_the_orange_away_until_something_else_happens() -> None:
    met = (Met(Stumble.CARD_VOIDED, 2, at(2)),)
    assert tile_of(Known(since=SINCE, met=met)).reason == "A tapé une ancienne carte (2 fois)"
    given_code = tile_of(Known(since=SINCE, met=met, card_at=at(3)))
    assert (given_code.light, given_code.reason) == (Light.WAIT, "Nouveau code donné")
    again = (*met, Met(Stumble.CARD_OF_OTHER, 1, at(4)))
    assert tile_of(Known(since=SINCE, met=again, card_at=at(3))).light is Light.HELP


def test_the_code_of_another_class_is_forgotten_once_the_right_parcours_has_begun() -> None:
    met = (Met(Stumble.OTHER_CLASS, 1, at(5)),)
    lost = Known(since=SINCE, entered_at=at(3), live=True, attached=True, met=met)
    assert tile_of(lost).deed is Deed.SHOW_CODE
    from dataclasses import replace

    found = tile_of(replace(lost, acted_at=at(6), doing="Commencé : Rentrée", how="password"))
    assert (found.light, found.reason) == (Light.IN, "Commencé : Rentrée, par identifiant")


def test_who_came_before_the_teacher_opened_the_lesson_is_in_too() -> None:
    assert (
        tile_of(Known(since=SINCE, entered_at=at(-3), seen_at=at(1), live=True, attached=True)).light
        is Light.IN
    )


def test_who_has_signed_out_is_still_counted_in_and_it_is_said() -> None:
    assert tile_of(Known(since=SINCE, entered_at=at(3), attached=True)).reason == "A quitté sa session"
