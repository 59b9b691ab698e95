"""Identifiers: never empty, never twice, never a birth date."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from preau.accounts.actions import NewAccount, make_accounts
from preau.accounts.models import Account
from preau.accounts.usernames import MAX_LENGTH, base_username, free_usernames, pick_usernames

SHAPE = re.compile(r"[a-z]+(\.[a-z]+)?")
names = st.text(max_size=100)


@pytest.mark.parametrize(
    ("first", "last", "identifier"),
    [
        ("Maëlys", "ŒUVRARD", "maelys.oeuvrard"),
        ("Nils", "ØSTERGAARD", "nils.ostergaard"),
        ("Łucja", "WAŁĘSA", "lucja.walesa"),
        ("Анна", "Иванова", "anna.ivanova"),
        ("Jean-Baptiste", "DE LA TOUR", "jeanbaptiste.delatour"),
        ("Aÿse", "ÇELİK", "ayse.celik"),
        ("", "MARTIN", "martin"),
        ("Léa", "", "lea"),
        ("", "", "eleve"),
        ("!!!", "12/03/2015", "eleve"),
        ("Léa 12032015", "MARTIN", "lea.martin"),
    ],
)
def test_an_identifier_is_made_from_the_names(first: str, last: str, identifier: str) -> None:
    assert base_username(first, last) == identifier


@given(names, names)
@example("œ", "ø")
@example("\u0301", "\x00")
def test_every_pupil_gets_letters_and_at_most_a_dot(first: str, last: str) -> None:
    identifier = base_username(first, last)
    assert SHAPE.fullmatch(identifier)
    assert len(identifier) <= MAX_LENGTH


@given(
    st.lists(st.sampled_from(["lea.martin", "lea", "tom.leroy"]), max_size=60), st.sets(st.integers(10, 99))
)
def test_a_batch_never_gives_one_identifier_twice(bases: list[str], used: set[int]) -> None:
    taken = {f"lea.martin{number}" for number in used} | {"lea"}
    given_out = pick_usernames(bases, taken)
    assert len(set(given_out)) == len(bases)
    assert not taken & set(given_out)
    for base, identifier in zip(bases, given_out, strict=True):
        assert re.fullmatch(rf"{re.escape(base)}(\d{{2,4}})?", identifier)


def test_a_thousand_homonyms_never_wear_a_year_of_birth() -> None:
    given_out = pick_usernames(["lea.martin"] * 4000, [])
    assert len(set(given_out)) == 4000
    assert not [name for name in given_out if re.search(r"(19|20)\d\d$", name)]


def test_lea_martin_gets_a_number_when_her_name_is_taken(db: None) -> None:
    Account.objects.create(username="lea.martin")
    Account.objects.create(username="lea.martin10")
    Account.objects.create(username="lea.martinez")
    assert free_usernames([("Léa", "MARTIN"), ("Léa", "MARTINEZ"), ("Léa", "Martin")]) == [
        "lea.martin11",
        "lea.martinez10",
        "lea.martin12",
    ]


def test_a_whole_school_is_asked_for_once(db: None, django_assert_num_queries) -> None:
    people = [
        NewAccount(f"Prénom{'abcdefghij'[rank % 10]}", f"NOM{'klmnopqrst'[rank % 7]}") for rank in range(300)
    ]
    with django_assert_num_queries(1):
        free_usernames([(person.first_name, person.last_name) for person in people])
    made = make_accounts(people, at=timezone.now())
    assert len({account.username for account in made}) == 300
    assert all(account.pk and not account.has_usable_password() for account in made)
    assert [account.first_name for account in made] == [person.first_name for person in people]
