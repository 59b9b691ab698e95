"""Two people decide at the same moment: one deed, one clear no. Only PostgreSQL can show it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from preau.accounts.models import Account
from preau.attachments.actions import (
    ask_former_school,
    ask_merge,
    ask_transfer,
    confirm_merge,
    detach,
    refuse_merge,
    refuse_transfer,
    release,
    undo_merge,
)
from preau.attachments.actions.former_school import MOST_A_DAY
from preau.attachments.merges import Merge, MergeState, Transfer
from preau.attachments.models import Attachment
from preau.attachments.refusals import MergeAsked, MergeOver, NothingToPart
from preau.audit.models import Entry
from preau.campaigns.actions import begin
from preau.campaigns.models import Campaign, Participation
from preau.establishments.models import Membership, Role
from preau.rosters.models import Learner
from tests.attachments.doubles import account_of, held, two_accounts
from tests.attachments.test_crowd import together
from tests.world import World, build_world, staff

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return build_world()


@pytest.fixture
def pair(world: World) -> tuple[Account, Account]:
    return two_accounts(world.zoe, timezone.now(), by=world.boeuf)


def kinds(answers: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in answers)


def test_two_people_ask_for_opposite_directions_and_one_is_refused_by_name(
    world: World, pair: tuple[Account, Account]
) -> None:
    at, (kept, joined) = timezone.now(), pair
    answers = together(
        [
            lambda: ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=at),
            lambda: ask_merge(learner=world.zoe, kept=joined, joined=kept, by=world.ndiaye, at=at),
        ]
        * 3
    )
    assert kinds(answers) == {"Merge": 3, "MergeAsked": 3}
    assert any(isinstance(one, MergeAsked) for one in answers)
    assert Merge.objects.count() == 1


def test_confirmed_refused_and_withdrawn_at_once_is_one_answer(
    world: World, pair: tuple[Account, Account]
) -> None:
    at, (kept, joined) = timezone.now(), pair
    third = staff("third@tilleuls.example", "Inès", "Troisième")
    Membership.objects.create(account=third, establishment=world.tilleuls, role=Role.HEAD)
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=at)
    pk = asked.pk

    def fresh() -> Merge:
        return Merge.objects.select_related("learner__establishment", "kept", "joined").get(pk=pk)

    answers = together(
        [
            lambda: confirm_merge(merge=fresh(), by=world.ndiaye, at=at),
            lambda: confirm_merge(merge=fresh(), by=third, at=at),
            lambda: refuse_merge(merge=fresh(), by=world.ndiaye, at=at),
            lambda: refuse_merge(merge=fresh(), by=world.boeuf, at=at),
        ]
    )
    assert kinds(answers) == {"Merge": 1, "MergeOver": 3}
    assert any(isinstance(one, MergeOver) for one in answers)
    merge = fresh()
    joined.refresh_from_db()
    assert joined.is_active == (merge.state != MergeState.DONE)


def test_merged_while_the_pupil_starts_and_staff_detach_nothing_is_lost(
    world: World, pair: tuple[Account, Account]
) -> None:
    at, (kept, joined) = timezone.now(), pair
    code = Campaign.objects.create(
        establishment=world.tilleuls, title="R", code="BDFGHK274", opens_at=at, made_at=at
    )
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=at)
    attachment = Attachment.objects.active().get(learner=world.zoe)
    answers = together(
        [
            lambda: confirm_merge(merge=asked, by=world.ndiaye, at=at),
            lambda: begin(campaign=code, learner=world.zoe, account=kept, at=timezone.now()),
            lambda: detach(attachment=attachment, why="x", by=world.boeuf, at=at),
        ]
    )
    assert not [
        one for one in answers if isinstance(one, MergeOver | Exception) and not isinstance(one, MergeOver)
    ]
    assert Participation.objects.get().learner == world.zoe


def test_undone_by_six_at_once_is_undone_once(world: World, pair: tuple[Account, Account]) -> None:
    at, (kept, joined) = timezone.now(), pair
    asked = ask_merge(learner=world.zoe, kept=kept, joined=joined, by=world.boeuf, at=at)
    merge = confirm_merge(merge=asked, by=world.ndiaye, at=at)
    answers = together([lambda: undo_merge(merge=Merge.objects.get(pk=merge.pk), by=world.boeuf, at=at)] * 6)
    assert kinds(answers) == {"Merge": 1, "NothingToPart": 5}
    assert any(isinstance(one, NothingToPart) for one in answers)
    joined.refresh_from_db()
    assert joined.is_active


def test_released_and_refused_at_once_is_one_answer(world: World) -> None:
    at, noe = timezone.now(), world.learners["noe"]
    held(noe, account_of(noe, "noe"), at)
    here = world.learner(
        "ici", establishment=world.tilleuls, first_name="Noé", last_name="ÉTIENNE", ine=noe.ine
    )
    asked = together([lambda: ask_transfer(learner=here, by=world.boeuf, at=at)] * 4)
    assert len({one.pk for one in asked}) == 1
    pk = asked[0].pk
    rows = Transfer.objects.select_related(
        "holder_learner", "learner", "establishment", "account", "asked_by"
    )
    answers = together(
        [
            lambda: release(transfer=rows.get(pk=pk), by=world.okonkwo, at=at),
            lambda: refuse_transfer(transfer=rows.get(pk=pk), by=world.okonkwo, at=at),
        ]
        * 2
    )
    assert kinds(answers) == {"Transfer": 1, "TransferRefusal": 3}
    released = Transfer.objects.get().state == "RELEASED"
    assert Attachment.objects.filter(learner=here).exists() == released


def test_two_people_name_his_former_school_at_once_and_the_day_holds_as_many_requests_as_it_may(
    world: World,
) -> None:
    at = timezone.now()
    pupils = [
        world.learner(
            f"n{rank}",
            establishment=world.tilleuls,
            first_name="Ana",
            last_name=f"P{rank}",
            birth_date=world.lea.birth_date,
        )
        for rank in range(MOST_A_DAY + 3)
    ]

    def ask(rank: int) -> Transfer:
        learner = Learner.objects.select_related("establishment").get(pk=pupils[rank].pk)
        return ask_former_school(learner=learner, school=world.mimosas, by=world.boeuf, at=at)

    answers = together([lambda: ask(0)] * 4)
    assert kinds(answers) == {"Transfer": 4}
    assert Transfer.objects.count() == 1
    for rank in range(1, MOST_A_DAY - 1):
        ask(rank)
    last = [lambda rank=rank: ask(rank) for rank in range(MOST_A_DAY - 1, MOST_A_DAY + 3)]
    assert kinds(together(last)) == {"Transfer": 1, "TooManyRequests": 3}
    assert Entry.objects.filter(verb="compte-cherche").count() == MOST_A_DAY
