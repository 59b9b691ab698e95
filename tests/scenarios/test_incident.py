"""The switch for a bad day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from preau.accounts.models import Account, OpenSession
from preau.accounts.second_factor.sure import SURE
from preau.attachments.actions import make_cards
from preau.attachments.models import Card
from preau.audit.models import Entry
from preau.handouts.actions import new_token
from preau.scenarios import incident
from tests.page import PageClient
from tests.parcours.pupils import account_of
from tests.world import PASSWORD, World

PAGE = "/e/0931434D/incident/"


@pytest.fixture
def lea(world: World) -> Account:
    account = account_of(world.lea)
    account.set_password(PASSWORD)
    account.password_chosen_at = timezone.now()
    account.save()
    return account


@pytest.fixture
def boeuf(world: World) -> PageClient:
    client = PageClient()
    client.post("/personnel/", {"identifier": world.boeuf.email, "password": PASSWORD})
    return client


def is_in(client: PageClient) -> bool:
    return OpenSession.objects.filter(session_key=client.session.session_key).exists()


def card(world: World, key: str) -> Card:
    now = timezone.now()
    make_cards(
        learners=[world.learners[key]], token=new_token(), batch_number="2026-001",
        expires_at=now + timedelta(days=3), by=None, at=now,
    )  # fmt: skip
    return Card.objects.get(learner=world.learners[key], voided_at=None)


def test_a_class_is_out_its_cards_are_void_and_its_passwords_too(
    world: World, boeuf: PageClient, lea: Account, as_: Any
) -> None:
    pupil, zoe = as_(lea), as_(account_of(world.zoe))
    hers, other = card(world, "nils"), card(world, "maelys")
    page = boeuf.open("/e/0931434D/reglages/").follow("En cas d’incident")
    six_a = str(world.divisions["6A"].pk)
    page = page.submit("Tout fermer", where=six_a, passwords="on", word="6c")
    assert "écrivez exactement : 6A" in page
    assert is_in(pupil)
    page = page.submit("Tout fermer", where=six_a, passwords="on", word="6a")
    assert page.title == "C’est fermé pour la 6A"
    assert not is_in(pupil)
    assert is_in(zoe)
    assert is_in(boeuf)
    lea.refresh_from_db()
    assert not lea.has_usable_password()
    assert lea.password_chosen_at is None
    hers.refresh_from_db()
    other.refresh_from_db()
    assert hers.voided_at is not None
    assert other.voided_at is None
    entry = Entry.objects.get(verb="incident")
    assert (entry.about, entry.actor_id) == ("la 6A", world.boeuf.pk)
    assert entry.facts == {"sessions": 1, "cards": 1, "passwords": 1}
    assert Entry.objects.filter(verb="mot-de-passe-annule").count() == 2


def test_a_school_takes_the_team_out_too_but_not_whoever_does_it_and_keeps_passwords_unless_asked(
    world: World, boeuf: PageClient, lea: Account, as_: Any
) -> None:
    pupil, head, elsewhere = as_(lea), as_(world.ndiaye), as_(world.okonkwo)
    page = boeuf.open(PAGE).submit("Tout fermer", word="0931434D")
    assert "aucun, comme demandé" in page
    assert not is_in(pupil)
    assert not is_in(head)
    assert is_in(boeuf)
    assert is_in(elsewhere)
    lea.refresh_from_db()
    assert lea.check_password(PASSWORD)
    world.ndiaye.refresh_from_db()
    assert world.ndiaye.check_password(PASSWORD)


def test_it_asks_again_who_is_there(boeuf: PageClient) -> None:
    session = boeuf.session
    session[SURE] = 0
    session.save()
    assert boeuf.open(PAGE).title == "Encore vous ?"
    assert boeuf.post(PAGE, {"word": "0931434D"}).status_code == 302
    assert not Entry.objects.filter(verb="incident").exists()


@pytest.mark.parametrize(
    "sent", [{}, {"where": "x", "word": "6A"}, {"where": "999999", "word": "6A"}, {"word": "\x00"}]
)
def test_what_cannot_be_understood_closes_nothing(boeuf: PageClient, sent: dict[str, str]) -> None:
    assert boeuf.post(PAGE, sent).status_code == 200
    assert not Entry.objects.filter(verb="incident").exists()


def test_a_class_of_another_school_is_no_choice(world: World, boeuf: PageClient) -> None:
    page = boeuf.open(PAGE).submit("Tout fermer", where=str(world.divisions["2A"].pk), word="2A")
    assert "Choisissez une classe de la liste" in page
    assert not Entry.objects.filter(verb="incident").exists()


def test_all_or_nothing(world: World, lea: Account, as_: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pupil = as_(lea)

    def fails(**_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(incident, "record", fails)
    with pytest.raises(DatabaseError):
        incident.close_everything(
            establishment=world.tilleuls, division=None, passwords=True, by=world.boeuf, at=timezone.now()
        )
    assert is_in(pupil)
    lea.refresh_from_db()
    assert lea.has_usable_password()


def test_a_large_school_costs_no_more_statements(
    world: World, lea: Account, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        incident.close_everything(
            establishment=world.tilleuls, division=None, passwords=True, by=world.boeuf, at=timezone.now()
        )
