"""Who is meant by a name and a birth date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from preau.attachments.matching import Candidate, Kind, Typed, close_names, match, recognise, same_names
from preau.rosterfiles.names import compact

DAY = date(2014, 11, 5)
ZOE = Candidate(1, "MARTIN-LEROY", "", "ZOÉ", "ÉLOÏSE, FRANÇOISE, GABRIELLE", DAY, "5B")
MAELYS = Candidate(2, "ŒUVRARD", "D’ŒUILLY", "MAËLYS", "", DAY, "5B")
JEAN = Candidate(3, "NGUYỄN", "", "JEAN-BAPTISTE", "", DAY, "5A")


def typed(first: str, last: str, day: date = DAY) -> Typed:
    return Typed(last, first, day)


@pytest.mark.parametrize(
    ("first", "last", "who"),
    [
        ("Zoé", "Martin-Leroy", ZOE),
        ("Zoe", "Martin Leroy", ZOE),
        ("zoe martin", "leroy", ZOE),
        ("Martin Leroy", "Zoe", ZOE),
        ("MARTINLEROY", "zoé", ZOE),
        ("Éloïse", "Martin-Leroy", ZOE),
        ("Francoise", "martin leroy", ZOE),
        ("Zoé Éloïse", "Martin-Leroy", ZOE),
        ("Maelys", "Oeuvrard", MAELYS),
        ("Maëlys", "d'Oeuilly", MAELYS),
        ("Maëlys", "Œuvrard d’Œuilly", MAELYS),
        ("jean baptiste", "nguyen", JEAN),
    ],
)
def test_the_same_name_written_otherwise_is_the_same_person(first: str, last: str, who: Candidate) -> None:
    found = match(typed(first, last), [ZOE, MAELYS, JEAN])
    assert (found.kind, found.found) == (Kind.EXACT, who)


@pytest.mark.parametrize(
    ("first", "last", "who"),
    [
        ("Zoé", "Martin-Lerois", ZOE),  # 12 letters typed: three edits allowed
        ("Maelis", "Oeuvrard", MAELYS),  # 6 letters: one
        ("Maelys", "Oeuvrad", MAELYS),
        ("Jean Batiste", "Nguyen", JEAN),
        ("Ngyuen", "Jean-Baptiste", JEAN),  # swapped fields, two neighbours swapped
    ],
)
def test_one_edit_per_four_letters_typed_is_asked_back(first: str, last: str, who: Candidate) -> None:
    found = match(typed(first, last), [ZOE, MAELYS, JEAN])
    assert (found.kind, found.found) == (Kind.CLOSE, who)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Zoa", "Martin-Leroy"),  # three letters: no edit
        ("Gabrielle", "Martin-Leroy"),  # a fourth given name
        ("Zoé", "Martin"),  # half of the name
        ("Maelle", "Oeuvrard"),  # two edits for six letters
        ("", "Martin-Leroy"),
        ("Zoé", ""),
        ("…", "…"),
    ],
)
def test_too_far_is_for_a_person_to_settle(first: str, last: str) -> None:
    assert match(typed(first, last), [ZOE, MAELYS, JEAN]).found is None


def test_a_birth_date_one_day_off_never_matches_but_staff_read_why() -> None:
    found = match(typed("Zoé", "Martin-Leroy", date(2014, 11, 6)), [ZOE, MAELYS])
    assert (found.kind, found.found) == (Kind.NEAR, None)
    assert found.near[0].candidate == ZOE
    assert [reason.text for reason in found.near[0].reasons] == [
        "Même nom, même prénom.",
        "Date de naissance : un jour d’écart.",
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2014, 5, 11), "le jour et le mois sont inversés"),
        (date(2014, 11, 25), "un chiffre du jour diffère"),
        (date(2014, 12, 5), "un chiffre du mois diffère"),
        (date(2013, 11, 5), "un chiffre de l’année diffère"),
        (date(2010, 1, 30), "ne correspond pas"),
    ],
)
def test_staff_read_how_the_dates_differ_and_never_the_dates(day: date, words: str) -> None:
    found = match(typed("Zoé", "Martin-Leroy", day), [ZOE])
    assert found.kind is Kind.NEAR
    said = " ".join(reason.text for reason in found.near[0].reasons)
    assert words in said
    assert not any(figure.isdigit() for figure in said)


def test_a_pupil_without_birth_date_in_the_roster_is_only_ever_a_near_match() -> None:
    unknown = Candidate(9, "DIALLO", "", "AWA", "", None)
    found = match(typed("Awa", "Diallo"), [unknown])
    assert (found.kind, found.found) == (Kind.NEAR, None)


def test_twins_are_told_apart_by_their_given_names() -> None:
    emma, emmy = Candidate(4, "PETIT", "", "EMMA", "", DAY), Candidate(5, "PETIT", "", "EMMY", "", DAY)
    assert match(typed("Emma", "Petit"), [emma, emmy]).found == emma
    assert match(typed("Emmy", "Petit"), [emma, emmy]).found == emmy
    between = match(typed("Emmi", "Petit"), [emma, emmy])
    assert (between.kind, between.found) == (Kind.SEVERAL, None)
    assert {near.candidate for near in between.near} == {emma, emmy}


def test_homonyms_born_the_same_day_are_for_a_person_to_settle() -> None:
    one, other = (
        Candidate(6, "PETIT", "", "INÈS", "", DAY, "6A"),
        Candidate(7, "PETIT", "", "INES", "", DAY, "6C"),
    )
    found = match(typed("Inès", "Petit"), [one, other])
    assert (found.kind, found.found) == (Kind.SEVERAL, None)


def test_strangers_are_near_nobody() -> None:
    assert match(typed("Bob", "Wang", date(2001, 1, 1)), [ZOE, MAELYS, JEAN]).kind is Kind.NONE


names = st.text("abcdefghijklmnopqrstuvwxyzéèçœ -’", min_size=1, max_size=14)
days = st.dates(date(2005, 1, 1), date(2016, 12, 31))
candidates = st.builds(
    Candidate,
    pk=st.integers(1, 50),
    last_name=names,
    usage_name=st.one_of(st.just(""), names),
    first_name=names,
    other_first_names=st.one_of(st.just(""), names),
    birth_date=st.one_of(st.none(), days),
)
anything = st.builds(Typed, last_name=st.text(max_size=20), first_name=st.text(max_size=20), birth_date=days)


@given(anything, st.lists(candidates, max_size=6, unique_by=lambda one: one.pk))
def test_a_match_always_has_the_very_birth_date_typed_and_is_within_the_rule(
    asked: Typed, people: list[Candidate]
) -> None:
    found = match(asked, people)
    assert recognise(asked, people)[1] == found.found
    if found.found is None:
        return
    assert found.found.birth_date == asked.birth_date
    if found.kind is Kind.CLOSE:
        last, first = compact(asked.last_name), compact(asked.first_name)
        theirs = [compact(name) for name in (found.found.last_name, found.found.usage_name)]
        theirs += ["".join(theirs), "".join(reversed(theirs))]
        allowed = [
            any(OSA.distance(name, form) <= len(name) // 4 for form in theirs if form)
            for name in (last, first)
        ]
        assert any(allowed)


@given(candidates, days)
def test_whoever_types_their_own_name_is_found(one: Candidate, day: date) -> None:
    me = Candidate(one.pk, one.last_name, one.usage_name, one.first_name, one.other_first_names, day)
    if not (compact(me.last_name) and compact(me.first_name)):
        return
    found = match(Typed(me.last_name.title(), me.first_name.upper(), day), [me])
    assert (found.kind, found.found) == (Kind.EXACT, me)


@given(names, names, st.data())
def test_one_slip_in_a_long_name_is_forgiven_and_in_a_short_one_it_is_not(
    first: str, last: str, data: st.DataObject
) -> None:
    last, first = compact(last), compact(first)
    if not (last and first):
        return
    place = data.draw(st.integers(0, len(last) - 1))
    slipped = last[:place] + "9" + last[place + 1 :]
    me, asked = Candidate(1, last, "", first, "", DAY), typed(first, slipped)
    assert close_names(asked, me) == (len(slipped) >= 4)
    assert not same_names(asked, me)
