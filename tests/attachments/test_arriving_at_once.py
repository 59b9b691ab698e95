"""Two tabs, two clicks, two pupils at the same second: only PostgreSQL can show it, with real connections."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialAccount

from preau.accounts.models import Account
from preau.attachments.models import Attachment, Conflict, Sighting
from preau.rosters.models import Learner
from tests.attachments.ent import IDO, PASSWORD, brings, clicks_the_tile, known_by, with_account
from tests.attachments.test_crowd import CLASS, class_of, together
from tests.page import PageClient
from tests.world import World, build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


def same_session(page: PageClient, count: int) -> list[PageClient]:
    """The same browser, as many tabs."""
    tabs = [PageClient() for _ in range(count)]
    for tab in tabs:
        tab.cookies.update(page.cookies)
    return tabs


def test_one_arrival_used_in_six_tabs_at_once_makes_one_account(world: World) -> None:
    page = PageClient()
    pending = brings(page, names=("Léa", "Martin"))
    data = {"key": pending.key, "geste": "prouver", "proof": "12/03/2015"}
    answers = together(
        [lambda tab=tab: tab.post("/arrivee/ent/", data).status_code for tab in same_session(page, 6)]
    )
    assert set(answers) <= {302, 200, 409, 422}, answers
    assert 302 in answers
    account = Account.objects.get(first_name="Léa")
    assert SocialAccount.objects.get().user == account
    assert Attachment.objects.active().get().account == account


def test_two_pupils_claim_one_identity_at_once_and_one_of_them_is_a_case(world: World) -> None:
    """The same session of the ENT, left open on two computers, with two pupils in front of them."""
    lea, zoe = PageClient(), PageClient()
    first = clicks_the_tile(lea, names=("Léa", "Martin"))
    second = clicks_the_tile(zoe, names=("Zoé", "Martin-Leroy"))
    answers = together(
        [
            lambda: first.submit("Oui", proof="12/03/2015").url,
            lambda: second.submit("Oui", proof="5/11/2014").title,
        ]
    )
    assert SocialAccount.objects.filter(uid=IDO).count() == 1, answers
    assert Attachment.objects.active().count() == 1
    assert Conflict.objects.get().kind == "IDENTITY_TAKEN"
    assert Account.objects.exclude(birth_date=None).count() == 1


def test_two_identities_for_one_pupil_at_once_leave_one_account(world: World) -> None:
    """Léa clicks in two browsers, whose ENTs do not agree: one account, and the last identity replaces the first."""
    pages = [clicks_the_tile(PageClient(), names=("Léa", "Martin"), uid=letter * 64) for letter in "abcd"]
    together([lambda one=one: one.submit("Oui", proof="12/03/2015").url for one in pages])
    assert Account.objects.filter(first_name="Léa").count() == 1
    assert Attachment.objects.active().count() == 1
    assert SocialAccount.objects.count() == 1


def test_a_password_and_a_new_account_at_once_never_make_two(world: World) -> None:
    with_account(world.lea)
    pages = [clicks_the_tile(PageClient(), names=("Léa", "Martin"), uid=letter * 64) for letter in "ab"]
    together([lambda one=one: one.submit("Réunir", proof=PASSWORD).url for one in pages])
    assert Attachment.objects.active().count() == 1
    assert SocialAccount.objects.count() == 1


def test_a_whole_class_arrives_at_the_same_second(world: World) -> None:
    learners = class_of(world)
    ready = [_arrival(learner, rank) for rank, learner in enumerate(learners)]
    together(
        [
            lambda one=one, learner=learner: one.submit("Oui", proof=_born(learner)).url
            for one, learner in ready
        ]
    )
    active = Attachment.objects.active().filter(learner__in=learners)
    assert active.values("account").distinct().count() == CLASS
    assert SocialAccount.objects.count() == CLASS
    row = Sighting.objects.get(division_key="6a")
    assert (row.held, row.joined) == (CLASS, CLASS)


def _born(learner: Learner) -> str:
    assert learner.birth_date is not None
    return f"{learner.birth_date:%d/%m/%Y}"


def _arrival(learner: Learner, rank: int):
    learner.first_name = f"Prénom{chr(65 + rank // 26)}{chr(65 + rank % 26)}"
    learner.search_key = f"petit {learner.first_name.lower()}"
    learner.save()
    names = (learner.first_name, learner.last_name)
    return clicks_the_tile(PageClient(), names=names, divisions=("6A",), uid=f"{rank:064}"), learner


def test_two_tabs_remove_one_way_each_and_one_stays(world: World) -> None:
    from django.utils import timezone

    from preau.attachments.actions.ways import remove_way

    account = known_by(world.lea, "one", "0931434D")
    SocialAccount.objects.create(provider="ent", uid="two", user=account)
    keys = [f"MEDIACENTRE:{one.pk}" for one in SocialAccount.objects.order_by("pk")]
    together(
        [lambda key=key: remove_way(account=account, way=key, uai="", at=timezone.now()) for key in keys]
    )
    assert SocialAccount.objects.filter(user=account).count() == 1
