"""« Changer mon mot de passe »: the old one proves who asks, and every other session of the account ends."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import override_settings

from preau.accounts.models import Account
from tests.page import PageClient
from tests.scenarios.people import give_account
from tests.world import PASSWORD, World

NEW = "cheval batterie agrafe"


@pytest.fixture
def lea(world: World, now: datetime) -> Account:
    account = give_account(world.lea, now, username="lea.martin")
    account.set_password(PASSWORD)
    account.save()
    return account


def enters(account: Account) -> PageClient:
    client = PageClient()
    url, name = ("/personnel/", account.email) if account.is_adult else ("/connexion/", account.username)
    client.post(url, {"identifier": name, "password": PASSWORD})
    return client


def test_a_pupil_changes_it_and_another_computer_closes(world: World, lea: Account) -> None:
    here, elsewhere = enters(lea), enters(lea)
    page = here.open("/moi/").follow("Voir, ajouter, retirer").follow("Changer mon mot de passe")
    done = page.submit("Changer mon mot de passe", current=PASSWORD, password=NEW)
    assert "C’est fait" in done
    assert here.get("/moi/").status_code == 200
    assert elsewhere.get("/moi/").status_code == 302
    lea.refresh_from_db()
    assert lea.check_password(NEW)


def test_an_adult_does_too_in_their_words(world: World) -> None:
    here, elsewhere = enters(world.boeuf), enters(world.boeuf)
    page = here.open("/personnel/compte/").follow("Mot de passe")
    assert "12 caractères au moins" in page
    assert "Vos autres sessions sont fermées" in page.submit(current=PASSWORD, password=NEW)
    assert here.get("/personnel/compte/").status_code == 200
    assert elsewhere.get("/personnel/compte/").status_code == 302


def test_a_wrong_old_one_is_a_sentence_and_counts_as_a_try(world: World, lea: Account) -> None:
    page = enters(lea).open("/moi/mot-de-passe/")
    for _ in range(5):
        page = page.submit(current="pas le mien", password=NEW)
        assert "Ce n’est pas ton mot de passe" in page
    assert "Attends" in page.submit(current=PASSWORD, password=NEW)
    lea.refresh_from_db()
    assert lea.check_password(PASSWORD)


@pytest.mark.parametrize("poor", ["azerty", "tilleuls quatre 12", "lea.martin 2015", ""])
def test_a_poor_new_one_is_refused(world: World, lea: Account, poor: str) -> None:
    client = enters(lea)
    assert client.open("/moi/mot-de-passe/").submit(current=PASSWORD, password=poor).status == 422
    lea.refresh_from_db()
    assert lea.check_password(PASSWORD)


def test_whoever_has_none_is_led_where_one_is_chosen(world: World, lea: Account, as_) -> None:
    lea.set_unusable_password()
    lea.save()
    assert as_(lea).get("/moi/mot-de-passe/")["Location"] == "/moi/facons/"


@override_settings(STAFF_MFA="off")
def test_neither_password_is_ever_shown_again(world: World, lea: Account) -> None:
    page = enters(lea).open("/moi/mot-de-passe/").submit(current="un secret à moi", password="azerty")
    assert "un secret à moi" not in page.response.content.decode()
    assert 'value="azerty"' not in page.response.content.decode()
