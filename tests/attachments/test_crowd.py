"""A whole class at the same second, from one address: only PostgreSQL can show it, with real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from preau.accounts.models import Account, SignInFailures
from preau.attachments.actions import attach, give_usernames, make_cards
from preau.attachments.models import Attachment, Card, How
from preau.attachments.refusals import AccountTakenHere, LearnerTaken
from preau.campaigns.models import Campaign
from preau.rosters.models import Learner
from preau.web.refusals import Refusal
from tests.page import PageClient
from tests.world import World, build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.slow_digests]

CLASS = 35
PASSWORD = "trois souris vertes"
CODE = "BDFGHK274"


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


def together(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Do everything at the same moment, each on its own connection; a refusal is an answer."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=120)
            return deed()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def class_of(world: World) -> list[Learner]:
    """Thirty-five pupils of 6A; seven of them are called Inès PETIT."""
    return [
        world.learner(
            f"pupil{rank}",
            establishment=world.tilleuls,
            first_name="Inès" if rank % 5 == 0 else f"Prénom{chr(65 + rank % 26)}",
            last_name="PETIT",
            division=world.divisions["6A"],
            birth_date=date(2014, 1 + rank % 12, 1 + rank % 28),
        )
        for rank in range(CLASS)
    ]


def path_by_names(learner: Learner) -> Callable[[], str]:
    page = PageClient(REMOTE_ADDR="192.0.2.7")
    page.open(f"/code/{CODE}/")
    form = page.open("/premiere-fois/")

    def walk() -> str:
        assert learner.birth_date is not None
        asked = form.submit(
            "Continuer",
            first_name=learner.first_name,
            last_name=learner.last_name,
            birth_date=learner.birth_date.strftime("%d/%m/%Y"),
        )
        return asked.submit("Oui").submit("Entrer", password=PASSWORD).title

    return walk


def test_thirty_five_pupils_enter_by_their_names_at_the_same_second_from_one_address(
    world: World, now: datetime
) -> None:
    Campaign.objects.create(
        establishment=world.tilleuls,
        title="Rentrée",
        code=CODE,
        opens_at=now - timedelta(days=1),
        made_at=now,
    )
    learners = class_of(world)
    titles = together([path_by_names(learner) for learner in learners])
    assert all(isinstance(title, str) for title in titles), titles
    attachments = Attachment.objects.active().filter(learner__in=learners).select_related("account")
    assert {one.learner_id for one in attachments} == {learner.pk for learner in learners}
    assert len({one.account_id for one in attachments}) == CLASS
    usernames = [one.account.username for one in attachments]
    assert len(set(usernames)) == CLASS
    assert sum(name.startswith("ines.petit") for name in usernames if name) == 7
    assert Account.objects.exclude(username=None).count() == CLASS
    assert not SignInFailures.objects.exists()


def test_one_card_in_ten_tabs_makes_one_account_and_nine_clear_screens(world: World, now: datetime) -> None:
    (made,) = make_cards(
        learners=[world.lea], token="j", batch_number="b", expires_at=now + timedelta(days=1), by=None, at=now
    )
    ready = [
        PageClient().open("/carte/").submit("Continuer", code=made.code).submit("Oui") for _ in range(10)
    ]

    def enter(rank: int) -> Callable[[], str]:
        return lambda: ready[rank].submit("Entrer", password=f"mot de passe {rank} bien long").title

    titles = together([enter(rank) for rank in range(10)])
    assert titles.count("Cette carte a déjà servi") == 9, titles
    assert Attachment.objects.count() == 1
    assert Account.objects.exclude(username=None).count() == 1


def test_two_members_of_staff_attach_lea_at_once_and_one_is_refused_by_name(
    world: World, now: datetime
) -> None:
    accounts = [Account.objects.create(username=f"compte{rank}") for rank in range(8)]
    answers = together(
        [
            lambda one=one: attach(learner=world.lea, account=one, how=How.STAFF, by=world.boeuf, at=now)
            for one in accounts
        ]
    )
    assert sum(isinstance(one, Attachment) for one in answers) == 1
    assert sum(isinstance(one, LearnerTaken) for one in answers) == 7


def test_one_account_attached_to_two_pupils_at_once_is_refused_by_name(world: World, now: datetime) -> None:
    account = Account.objects.create(username="compte")
    pupils = class_of(world)[:8]
    answers = together(
        [
            lambda one=one: attach(learner=one, account=account, how=How.STAFF, by=None, at=now)
            for one in pupils
        ]
    )
    assert sum(isinstance(one, Attachment) for one in answers) == 1
    assert sum(isinstance(one, AccountTakenHere) for one in answers) == 7


def test_two_people_print_for_the_same_class_at_once_and_each_pupil_has_one_open_card(world: World) -> None:
    pupils = class_of(world)

    def print_cards(rank: int) -> Callable[[], object]:
        at = timezone.now()
        order = pupils if rank % 2 else pupils[::-1]
        return lambda: make_cards(
            learners=order,
            token=str(rank),
            batch_number=str(rank),
            expires_at=at + timedelta(days=1),
            by=None,
            at=at,
        )

    made = together([print_cards(rank) for rank in range(6)])
    assert all(isinstance(one, list) for one in made), made
    assert Card.objects.count() == 6 * CLASS
    assert Card.objects.valid(timezone.now()).count() == CLASS


def test_two_people_give_identifiers_to_the_same_class_at_once_and_each_pupil_gets_one(world: World) -> None:
    pupils, at = class_of(world), timezone.now()
    done = together([lambda: give_usernames(learners=pupils, by=None, at=at)] * 6)
    assert sorted(len(one.given) for one in done) == [0, 0, 0, 0, 0, CLASS]
    assert Attachment.objects.active().count() == CLASS
