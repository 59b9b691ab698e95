"""A twin's session left open: one letter apart, the same day, and never the same person."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from preau.accounts.models import Account
from preau.attachments.actions import attach
from preau.attachments.finding import is_same_person
from preau.attachments.models import Attachment, How
from preau.rosters.models import Learner
from tests.attachments.ent import TILLEULS, card_of, clicks_the_tile
from tests.page import PageClient
from tests.world import PASSWORD, World, enrol

BORN = date(2014, 4, 1)


def pupil(world: World, first_name: str, **more: object) -> Learner:
    school = more.pop("establishment", world.tilleuls)
    return enrol(school, first_name, "GARCIA", None, birth_date=BORN, **more)


@pytest.fixture
def lina(world: World, now: datetime) -> Account:
    """Lina's account, known by her former school."""
    row = pupil(world, "Lina", establishment=world.mimosas, ine="111111111AA")
    account = Account(username="lina.garcia", first_name="Lina", last_name="Garcia", birth_date=BORN)
    account.set_password(PASSWORD)
    account.save()
    attach(learner=row, account=account, how=How.CARD, by=None, at=now)
    return account


def test_nina_s_number_is_another_one(world: World, lina: Account) -> None:
    assert not is_same_person(account=lina, learner=pupil(world, "Nina", ine="222222222BB"))


def test_lina_is_in_the_same_list(world: World, lina: Account) -> None:
    nina = pupil(world, "Nina")
    assert is_same_person(account=lina, learner=nina)  # alone, she may be Lina misspelt
    pupil(world, "Lina")
    assert not is_same_person(account=lina, learner=nina)


def test_lina_is_in_the_list_under_a_wrong_date(world: World, lina: Account) -> None:
    nina = pupil(world, "Nina")
    Learner.objects.filter(pk=pupil(world, "Lina").pk).update(birth_date=date(2014, 4, 2))
    assert not is_same_person(account=lina, learner=nina)


def test_lina_herself_whatever_her_number_became(world: World, lina: Account) -> None:
    assert is_same_person(account=lina, learner=pupil(world, "Lina", ine="333333333CC"))


def test_nina_opens_her_card_where_lina_was_and_gets_her_own_account(
    world: World, lina: Account, page: PageClient
) -> None:
    nina = pupil(world, "Nina", ine="222222222BB")
    page.force_login(lina, backend="allauth.account.auth_backends.AuthenticationBackend")
    choosing = page.open("/carte/").submit(code=card_of(nina)).submit("Oui, c’est moi")
    choosing.submit("Entrer", password="quatre chats gris sur le mur")
    assert Attachment.objects.active().get(learner=nina).account != lina


def test_the_page_of_the_ent_speaks_of_an_older_account(world: World, page: PageClient) -> None:
    assert "Tu avais déjà un compte" in clicks_the_tile(page, uais=(TILLEULS,), names=("Léa", "Martin"))
