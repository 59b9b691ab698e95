"""« Mes façons d’entrer » : one more, one less, never the last."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from preau.accounts.models import Account
from preau.attachments.actions import attach, give_usernames
from preau.attachments.actions.ways import remove_way
from preau.attachments.models import How
from preau.attachments.refusals import LastWay, WayGone
from preau.audit.models import Entry
from tests.attachments.ent import (
    MIMOSAS,
    PASSWORD,
    TILLEULS,
    clicks_the_tile,
    known_by,
    modes_of,
    with_account,
)
from tests.page import PageClient
from tests.world import World

WAYS = "/moi/facons/"


def enters(page: PageClient, username: str = "lea.martin") -> PageClient:
    page.open("/connexion/").submit("Entrer", identifier=username, password=PASSWORD)
    return page


def test_lea_sees_her_only_way_and_cannot_remove_it(world: World, page: PageClient) -> None:
    with_account(world.lea)
    seen = enters(page).open(WAYS)
    assert "lea.martin" in seen
    assert "On ne retire jamais la dernière" in seen
    assert not seen.css("a[href*=retirer]")
    assert "ouvre ton ENT" in seen
    assert "C’est ta seule façon" in page.open(f"{WAYS}retirer/USERNAME/")
    page.post(f"{WAYS}retirer/USERNAME/")
    assert modes_of(world.lea) == ["USERNAME"]


def test_with_two_she_removes_the_ent_and_stays_in(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    clicks_the_tile(page, names=("Léa", "Martin")).submit("Réunir", proof=PASSWORD)
    seen = page.open(WAYS)
    assert "Médiacentre" in seen
    done = page.open(seen.link("Retirer Médiacentre")).submit("Retirer Médiacentre")
    assert done.url == WAYS
    assert page.session["_auth_user_id"] == str(account.pk)
    assert modes_of(world.lea) == ["USERNAME"]
    assert Entry.objects.filter(verb="facon-retiree", uai=TILLEULS).count() == 1


def test_with_two_she_removes_her_identifier_and_its_password_goes(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    clicks_the_tile(page, names=("Léa", "Martin")).submit("Réunir", proof=PASSWORD)
    page.open(f"{WAYS}retirer/USERNAME/").submit("Retirer Identifiant")
    account.refresh_from_db()
    assert (account.username, account.has_usable_password()) == (None, False)
    assert page.session["_auth_user_id"] == str(account.pk)
    assert modes_of(world.lea) == ["MEDIACENTRE"]


def test_who_came_by_the_ent_adds_an_identifier_and_stays_in(world: World, page: PageClient) -> None:
    clicks_the_tile(page, names=("Léa", "Martin")).submit("Oui", proof="12/03/2015")
    form = page.open(WAYS).follow("Un identifiant et un mot de passe")
    refused = form.submit("Ajouter", password="123")
    assert refused.status == 422
    done = refused.submit("Ajouter", password=PASSWORD)
    assert "Ton identifiant est lea.martin" in done
    assert modes_of(world.lea) == ["MEDIACENTRE", "USERNAME"]
    assert enters(PageClient()).open(WAYS).url == WAYS


def test_an_hour_later_on_a_shared_computer_nobody_adds_a_way(world: World, page: PageClient) -> None:
    clicks_the_tile(page, names=("Léa", "Martin")).submit("Oui", proof="12/03/2015")
    session = page.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mediacentre", "at": time.time() - 601}]
    session.save()
    assert page.open(f"{WAYS}ajouter/").title == "Entre encore une fois"
    page.post(f"{WAYS}ajouter/", {"password": PASSWORD})
    assert modes_of(world.lea) == ["MEDIACENTRE"]


def test_the_mail_opens_at_fifteen(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    assert "à partir de tes 15 ans, le 12 mars 2030" in enters(page).open(WAYS)
    Account.objects.filter(pk=account.pk).update(birth_date=date(2008, 1, 1))
    assert page.open(WAYS).link("Une adresse e-mail") == reverse("accounts:add_email")


TILE, NAME, MAIL = "MEDIACENTRE", "USERNAME", "EMAIL"
ADDRESS = "noe@exemple.fr"


@pytest.mark.parametrize(
    "order",
    [(TILE, NAME, MAIL), (NAME, TILE, MAIL), (NAME, MAIL, TILE), (MAIL, TILE, NAME), (MAIL, NAME, TILE)],
    ids="-".join,
)
def test_the_three_ways_cumulate_in_any_order_and_nobody_is_signed_out(
    world: World, page: PageClient, order: tuple[str, ...], now: datetime
) -> None:
    """Noé is fifteen. A mail cannot follow the tile alone: it needs the password that comes with the identifier."""
    noe, at_the_tile = world.learners["noe"], {"uais": (MIMOSAS,), "names": ("Noé", "Étienne")}
    if order[0] == TILE:
        clicks_the_tile(page, **at_the_tile).submit("Oui", proof="20/05/2011")
    elif order[0] == NAME:
        enters(page, str(with_account(noe).username))
    else:
        account = Account(email=ADDRESS, birth_date=noe.birth_date, first_name="Noé", last_name="Étienne")
        account.set_password(PASSWORD)
        account.save()
        attach(learner=noe, account=account, how=How.IMPORT, by=None, at=now)
        enters(page, ADDRESS)
    who = page.session["_auth_user_id"]
    for more in order[1:]:
        if more == TILE:
            joined = clicks_the_tile(page, **at_the_tile).submit("Oui, réunir")
            assert "entrer par l’ENT ou avec ton" in joined
        elif more == MAIL:
            page.open(WAYS).follow("Une adresse e-mail").submit("Ajouter", email=ADDRESS, password=PASSWORD)
        elif MAIL in order[:2]:  # the school gives it, and the password stays
            give_usernames(learners=[noe], by=None, at=now)
        else:
            page.open(f"{WAYS}ajouter/").submit("Ajouter", password=PASSWORD)
        assert page.session["_auth_user_id"] == who
    assert modes_of(noe) == [TILE, NAME, MAIL]
    shown = page.open(WAYS)
    assert ADDRESS in shown
    assert "En ajouter une" not in shown
    for typed in (ADDRESS, Account.objects.get(pk=who).username):
        assert enters(PageClient(), str(typed)).session["_auth_user_id"] == who


def test_who_only_has_a_mail_reads_of_a_mail_at_the_tile(world: World, page: PageClient) -> None:
    account = with_account(world.lea)
    Account.objects.filter(pk=account.pk).update(username=None, email="lea@exemple.fr")
    asked = clicks_the_tile(page, names=("Léa", "Martin"))
    assert "avec ton adresse e-mail" in asked
    assert "Identifiant" not in asked
    assert "lea@exemple.fr" not in asked
    assert "l’ENT ou avec ton adresse e-mail" in asked.submit("Réunir", proof=PASSWORD)
    assert modes_of(world.lea) == [TILE, MAIL]


@pytest.mark.parametrize(
    "way", ["MEDIACENTRE:", "MEDIACENTRE:99999999999999999999", "MEDIACENTRE:x", "EMAIL", "x", "\x00"]
)
def test_a_way_that_is_not_hers_is_not_removed(
    world: World, page: PageClient, way: str, now: datetime
) -> None:
    account = with_account(world.lea)
    other = known_by(world.zoe, "other", TILLEULS)
    with pytest.raises(WayGone):
        remove_way(account=account, way=way, uai="", at=now)
    theirs = SocialAccount.objects.get(user=other)
    assert enters(page).open(f"{WAYS}retirer/MEDIACENTRE:{theirs.pk}/").url == WAYS
    assert SocialAccount.objects.filter(pk=theirs.pk).exists()


def test_an_identifier_without_password_is_not_a_way_left(world: World, now: datetime) -> None:
    account = known_by(world.lea, "ido", TILLEULS)
    Account.objects.filter(pk=account.pk).update(username="lea.m")
    attach(learner=world.lea, account=account, how=How.SSO, by=None, at=now)
    identity = SocialAccount.objects.get()
    with pytest.raises(LastWay):
        remove_way(account=account, way=f"MEDIACENTRE:{identity.pk}", uai="", at=now)
    remove_way(account=account, way="USERNAME", uai="", at=now)


def test_a_teacher_has_no_such_page(world: World, as_: Callable[[Account], PageClient]) -> None:
    assert as_(world.garcao).open(WAYS).title == "Ce compte est celui d’un adulte"
    assert PageClient().open(WAYS).url == "/connexion/"
