"""Two people, or two tabs, preparing cards in the same second."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from preau.attachments.models import Card
from preau.establishments.models import Membership
from preau.handouts.actions import PreparedBatch, new_token, prepare_batch
from preau.handouts.models import Batch
from preau.rosters.models import Learner
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
