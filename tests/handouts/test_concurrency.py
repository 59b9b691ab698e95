"""Two people, or two tabs, preparing cards in the same second."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import ConvertedMails, convert_mails
from preau.attachments.models import Card
from preau.audit.models import Entry
from preau.establishments.models import Membership
from preau.handouts.actions import PreparedBatch, new_token, prepare_batch
from preau.handouts.errands import ask_errand, run_errand
from preau.handouts.models import Batch, Deed, Errand
from preau.rosters.models import Learner
from preau.web.refusals import Refusal
from tests.scenarios.people import give_account
from tests.world import build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


def together(tokens: list[str], learners: list[list[Learner]]) -> list[PreparedBatch]:
    gate = Barrier(len(tokens))

    def one(token: str, chosen: list[Learner]) -> PreparedBatch:
        try:
            who = Membership.objects.select_related("establishment", "account").get(
                role="REFERENT", establishment__uai="0931434D"
            )
            gate.wait()
            return prepare_batch(
                membership=who, learners=chosen, token=token, by=who.account, at=timezone.now()
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(one, tokens, learners))


def test_batches_made_at_the_same_second_are_numbered_without_a_gap() -> None:
    world = build_world()
    made = together([new_token() for _ in range(AT_ONCE)], [[world.lea]] * AT_ONCE)
    numbers = sorted(prepared.batch.number for prepared in made)
    assert [number.split("-")[1] for number in numbers] == [f"{n:03}" for n in range(1, AT_ONCE + 1)]
    assert Card.objects.filter(learner=world.lea, used_at=None, voided_at=None).count() == 1


def test_a_double_click_at_the_same_second_makes_one_batch() -> None:
    world = build_world()
    made = together([new_token()] * AT_ONCE, [[world.lea, world.zoe]] * AT_ONCE)
    assert Batch.objects.count() == 1
    assert Card.objects.count() == 2
    assert len({tuple(card.code for card in prepared.cards) for prepared in made}) == 1


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Each deed in a thread and a connection of its own, all begun in the same second; a refusal is its name."""
    gate = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        try:
            gate.wait()
            return deed()
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def test_an_errand_asked_twice_in_the_same_second_by_one_or_two_people_is_one() -> None:
    world = build_world()
    chosen = [world.lea.pk, world.zoe.pk]

    def ask(account: Account, token: str) -> Callable[[], object]:
        who = Membership.objects.select_related("establishment", "account").get(account=account)
        return lambda: (
            ask_errand(deed=Deed.CARDS, membership=who, chosen=chosen, token=token, at=timezone.now()).pk
        )

    token = new_token()
    answers = at_once(*[ask(world.boeuf, token)] * 3, *[ask(world.ndiaye, new_token())] * 3)
    assert Errand.objects.count() == 1
    assert len({one for one in answers if one != "UnderWay"}) == 1
    errand = Errand.objects.get()
    at_once(*[lambda: run_errand(errand_id=errand.pk, at=timezone.now())] * 4)
    assert Batch.objects.count() == 1
    assert Card.objects.filter(voided_at=None).count() == 2


def test_addresses_converted_by_two_people_at_once_are_converted_once() -> None:
    world = build_world()
    at = timezone.now()
    for name, pupil in (("lea", world.lea), ("zoe", world.zoe)):
        give_account(pupil, at, email=f"{name}@example.org")
    pupils = [world.lea, world.zoe]
    done = at_once(
        *[lambda: convert_mails(learners=pupils, by=world.boeuf, at=at)] * 3,
        *[lambda: convert_mails(learners=pupils[::-1], by=world.ndiaye, at=at)] * 3,
    )
    assert sorted(len(one.converted) for one in done if isinstance(one, ConvertedMails)) == [0] * 5 + [2]
    accounts = Account.objects.filter(attachments__learner__in=pupils)
    assert sorted(accounts.values_list("username", "email")) == [
        ("lea.martin", None),
        ("zoe.martinleroy", None),
    ]
    assert Entry.objects.filter(verb="mail-converti").count() == 2
