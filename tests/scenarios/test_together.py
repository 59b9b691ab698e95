"""Two people at the same second: one switch of the school's mode, one mail."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from preau.audit.models import Entry
from preau.establishments.actions import ModeChangedMeanwhile, switch_mode
from preau.establishments.models import Establishment, Membership
from preau.scenarios.digest import choose_digest, send_digest
from preau.scenarios.models import WeeklyDigest
from tests.world import build_world

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def together(*deeds: Callable[[], object]) -> list[object]:
    """Start all the deeds at once; a refusal is an answer like another."""
    gate = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        try:
            gate.wait()
            return deed()
        except ModeChangedMeanwhile as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def test_two_people_who_choose_two_ways_at_once_make_one_choice_and_one_is_told() -> None:
    world = build_world()

    def choose(after: str) -> Callable[[], object]:
        return lambda: switch_mode(
            establishment=Establishment.objects.get(pk=world.tilleuls.pk), before="USERNAME", after=after,
            by=world.boeuf, at=timezone.now(),
        )  # fmt: skip

    answers = together(*[choose("MEDIACENTRE"), choose("EMAIL")] * 3)
    refused = [answer for answer in answers if isinstance(answer, ModeChangedMeanwhile)]
    assert len(refused) == 3
    assert Entry.objects.filter(verb="mode-change").count() == 1


def test_six_workers_send_one_mail() -> None:
    world = build_world()
    membership = Membership.objects.get(account=world.ndiaye)
    choose_digest(membership=membership, wanted=True, at=timezone.now())
    digest = WeeklyDigest.objects.get()
    answers = together(*[lambda: send_digest(digest, at=timezone.now())] * 6)
    assert sorted(map(bool, answers)) == [False] * 5 + [True]
    assert len(mail.outbox) == 1
