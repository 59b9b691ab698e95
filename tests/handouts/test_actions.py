"""Batches of cards: who gets one, what a second click makes, what is gone for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from preau.attachments.models import Card
from preau.audit.models import Entry
from preau.establishments.models import Membership
from preau.handouts.actions import (
    BatchVoided,
    CodesGone,
    NobodyToServe,
    TokenServed,
    TokenUnfit,
    expiry,
    new_token,
    prepare_batch,
    read_batch,
    void_batch,
)
from preau.handouts.models import Batch
from preau.rosters.models import Learner, LearnerStatus
from tests.world import World

PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db


def membership(account: object, school: object) -> Membership:
    return Membership.objects.select_related("establishment", "account").get(
        account=account, establishment=school
    )


def prepare(world: World, now: datetime, *keys: str, token: str | None = None, by: str = "boeuf"):
    who = membership(getattr(world, by), world.tilleuls)
    learners = [world.learners[key] for key in keys]
    return prepare_batch(
        membership=who, learners=learners, token=token or new_token(), by=who.account, at=now
    )


def test_each_pupil_gets_a_card_and_classes_come_in_the_order_schools_say_them(
    world: World, now: datetime
) -> None:
    prepared = prepare(world, now, "zoe", "nils", "apolline", "lea", "maelys")
    assert [card.learner for card in prepared.cards] == [
        world.lea,
        world.learners["nils"],
        world.learners["apolline"],
        world.learners["maelys"],
        world.zoe,
    ]
    assert [card.rank for card in prepared.cards] == [1, 2, 3, 4, 5]
    assert len({card.code for card in prepared.cards}) == 5
    assert prepared.batch.label == "5 élèves"


def test_a_second_click_gives_the_same_batch_and_the_same_codes(world: World, now: datetime) -> None:
    token = new_token()
    first, second = (
        prepare(world, now, "lea", "nils", token=token),
        prepare(world, now, "nils", "lea", token=token),
    )
    assert first.batch == second.batch
    assert [card.code for card in first.cards] == [card.code for card in second.cards]
    assert Batch.objects.count() == 1
    assert Card.objects.count() == 2


def test_a_page_that_served_does_not_serve_for_other_pupils(world: World, now: datetime) -> None:
    token = new_token()
    prepare(world, now, "lea", token=token)
    with pytest.raises(TokenServed):
        prepare(world, now, "nils", token=token)
    assert Card.objects.count() == 1


@pytest.mark.parametrize("token", ["", "court", "x" * 44, "é" * 43, "a b" + "x" * 40])
def test_a_token_that_is_not_ours_makes_nothing(world: World, now: datetime, token: str) -> None:
    with pytest.raises(TokenUnfit):
        prepare_batch(
            membership=membership(world.boeuf, world.tilleuls),
            learners=[world.lea],
            token=token,
            by=world.boeuf,
            at=now,
        )
    assert not Batch.objects.exists()


def test_batches_are_numbered_without_a_gap_by_school_and_school_year(world: World) -> None:
    september = datetime(2026, 9, 3, 10, tzinfo=PARIS)
    next_year = datetime(2027, 9, 3, 10, tzinfo=PARIS)
    numbers = [prepare(world, september, "lea").batch.number for _ in range(2)]
    with pytest.raises(NobodyToServe):
        prepare(world, september, "noe")
    numbers += [prepare(world, at, "lea").batch.number for at in (september, next_year)]
    assert numbers == ["2026-001", "2026-002", "2026-003", "2027-001"]
    other = membership(world.okonkwo, world.mimosas)
    made = prepare_batch(
        membership=other, learners=[world.learners["noe"]], token=new_token(), by=world.okonkwo, at=september
    )
    assert made.batch.number == "2026-001"


def test_a_pupil_who_left_gets_no_card(world: World, now: datetime) -> None:
    Learner.objects.filter(pk=world.lea.pk).update(status=LearnerStatus.LEFT)
    prepared = prepare(world, now, "lea", "nils")
    assert [card.learner for card in prepared.cards] == [world.learners["nils"]]
    with pytest.raises(NobodyToServe):
        prepare(world, now, "lea")


def test_a_teacher_prepares_cards_for_their_own_classes_only(world: World, now: datetime) -> None:
    prepared = prepare(world, now, "lea", "apolline", by="garcao")
    assert [card.learner for card in prepared.cards] == [world.lea]
    with pytest.raises(NobodyToServe):
        prepare(world, now, "apolline", by="garcao")


def test_a_new_card_voids_the_old_one(world: World, now: datetime) -> None:
    prepare(world, now, "lea")
    prepare(world, now + timedelta(minutes=1), "lea")
    old, new = Card.objects.order_by("made_at")
    assert old.voided_at is not None
    assert new.voided_at is None


def test_codes_are_kept_nowhere_and_gone_without_their_token(world: World, now: datetime) -> None:
    token = new_token()
    prepared = prepare(world, now, "lea", token=token)
    who = membership(world.boeuf, world.tilleuls)
    assert read_batch(membership=who, token=token).cards == prepared.cards
    with pytest.raises(CodesGone):
        read_batch(membership=who, token=new_token())
    kept = [
        str(value) for model in (Batch, Card, Entry) for row in model.objects.values_list() for value in row
    ]
    assert not [value for value in kept if prepared.cards[0].code in value or token in value]


def test_another_school_cannot_read_a_batch_with_a_stolen_token(world: World, now: datetime) -> None:
    token = new_token()
    prepare(world, now, "lea", token=token)
    with pytest.raises(CodesGone):
        read_batch(membership=membership(world.okonkwo, world.mimosas), token=token)


def test_a_colleague_of_another_class_reads_nothing_with_a_stolen_token(world: World, now: datetime) -> None:
    token = new_token()
    prepare(world, now, "apolline", token=token)
    with pytest.raises(CodesGone):
        read_batch(membership=membership(world.garcao, world.tilleuls), token=token)


def test_cards_last_until_the_end_of_the_thirtieth_day_in_paris() -> None:
    evening = datetime(2026, 9, 3, 23, 30, tzinfo=PARIS)
    last = timezone.localtime(expiry(evening))
    assert (last.year, last.month, last.day, last.hour, last.minute) == (2026, 10, 3, 23, 59)


def test_voiding_a_batch_closes_what_was_not_used_and_happens_once(world: World, now: datetime) -> None:
    token = new_token()
    prepared = prepare(world, now, "lea", "nils", token=token)
    Card.objects.filter(learner=world.lea).update(used_at=now)
    assert void_batch(batch=prepared.batch, by=world.boeuf, at=now) == 1
    assert not Card.objects.valid(now).exists()
    assert Card.objects.get(learner=world.lea).voided_at is None
    with pytest.raises(BatchVoided):
        void_batch(batch=prepared.batch, by=world.boeuf, at=now)
    with pytest.raises(CodesGone):
        read_batch(membership=membership(world.boeuf, world.tilleuls), token=token)


def test_the_journal_tells_the_batch_without_its_codes(world: World, now: datetime) -> None:
    prepared = prepare(world, now, "lea", "nils")
    line = Entry.objects.get(verb="lot-prepare")
    assert line.about == f"lot {prepared.batch.number}"
    assert line.facts == {"cards": 2}


def test_preparing_many_cards_takes_as_many_queries_as_few(
    world: World, now: datetime, django_assert_max_num_queries
) -> None:
    for number in range(60):
        world.learner(
            f"p{number}",
            establishment=world.tilleuls,
            first_name=f"Élève{number}",
            last_name="NUÑEZ",
            division=world.divisions["6C"],
        )
    with django_assert_max_num_queries(24):
        prepare(world, now, *[f"p{number}" for number in range(60)])
