"""What pupils and staff can do with a campaign."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.audit.models import Entry
from preau.campaigns import actions
from preau.campaigns.actions import CampaignWish
from preau.campaigns.models import Campaign, Participation, ParticipationState
from preau.rosters.models import Division, Learner, LearnerStatus
from tests.world import World

NOON = datetime(2026, 9, 3, 12, tzinfo=ZoneInfo("Europe/Paris"))
DAY = timedelta(days=1)


def campaign(
    world: World, *divisions: Division, closes: datetime | None = NOON + 30 * DAY, **more: bool
) -> Campaign:
    wish = CampaignWish(
        title="Rentrée", parcours_url="", opens_at=NOON - DAY, closes_at=closes, divisions=divisions, **more
    )
    return actions.create_campaign(establishment=world.tilleuls, wish=wish, by=world.boeuf, at=NOON)


def attached(learner: Learner) -> Account:
    account = Account.objects.create(username=f"eleve{learner.pk}", first_name=learner.first_name)
    Attachment.objects.create(
        learner=learner,
        establishment=learner.establishment,
        account=account,
        made_at=NOON,
        made_how=How.CARD,
    )
    return account


def test_unknown_closed_future_and_archived_codes_get_the_same_words(world: World) -> None:
    closed = campaign(world, closes=NOON - timedelta(hours=1))
    archived = campaign(world)
    actions.archive_campaign(campaign=archived, by=world.boeuf, at=NOON)
    said = set()
    for code in ("BDFGHK274", "n'importe quoi", closed.code, archived.code):
        with pytest.raises(actions.CodeNotWorking) as refused:
            actions.find_open(code, at=NOON)
        said.add(refused.value.message)
    with pytest.raises(actions.CodeNotWorking):
        actions.find_open(campaign(world).code, at=NOON - 2 * DAY)
    assert len(said) == 1


def test_a_code_reopened_for_an_hour_works_for_an_hour(world: World) -> None:
    closed = campaign(world, closes=NOON - timedelta(minutes=5))
    actions.reopen_campaign(campaign=closed, by=world.boeuf, at=NOON)
    assert actions.find_open(closed.code, at=NOON + timedelta(minutes=59)) == closed
    with pytest.raises(actions.CodeNotWorking):
        actions.find_open(closed.code, at=NOON + timedelta(minutes=61))


def test_an_old_page_neither_moves_the_day_it_closed_nor_shortens_what_is_open(world: World) -> None:
    closed = campaign(world, closes=NOON - DAY / 2)
    actions.close_campaign(campaign=closed, by=world.boeuf, at=NOON)
    still_open = campaign(world, closes=NOON + DAY)
    actions.reopen_campaign(campaign=still_open, by=world.boeuf, at=NOON)
    for one, closes in ((closed, NOON - DAY / 2), (still_open, NOON + DAY)):
        one.refresh_from_db()
        assert one.closes_at == closes
    with pytest.raises(actions.NotOpenYet):
        actions.close_campaign(campaign=still_open, by=world.boeuf, at=still_open.opens_at - DAY)


def test_lea_starts_once_however_often_she_opens_the_page(world: World) -> None:
    rentree, account = campaign(world), attached(world.lea)
    first = actions.begin(campaign=rentree, learner=world.lea, account=account, at=NOON)
    again = actions.begin(
        campaign=rentree, learner=world.lea, account=account, at=NOON + timedelta(seconds=1)
    )
    assert first == again
    assert Entry.objects.filter(verb="parcours-commence").count() == 1


def test_lea_finishes_once_and_her_end_date_does_not_move(world: World) -> None:
    rentree, account = campaign(world), attached(world.lea)
    with pytest.raises(actions.NotStarted):
        actions.finish(campaign=rentree, learner=world.lea, account=account, at=NOON)
    actions.begin(campaign=rentree, learner=world.lea, account=account, at=NOON)
    done = actions.finish(campaign=rentree, learner=world.lea, account=account, at=NOON)
    late = actions.finish(campaign=rentree, learner=world.lea, account=account, at=NOON + DAY)
    assert done.state == ParticipationState.DONE
    assert late.done_at == NOON


def test_a_second_try_keeps_the_first(world: World) -> None:
    rentree, account = campaign(world, several_tries=True), attached(world.lea)
    for at in (NOON, NOON + DAY):
        actions.begin(campaign=rentree, learner=world.lea, account=account, at=at)
        actions.finish(campaign=rentree, learner=world.lea, account=account, at=at)
    assert list(Participation.objects.order_by("rank").values_list("rank", flat=True)) == [1, 2]


def test_zoe_is_told_which_class_code_to_ask_for(world: World) -> None:
    sixth = campaign(world, world.divisions["6A"])
    with pytest.raises(actions.OtherClass, match="Demande celui de la 5B"):
        actions.begin(campaign=sixth, learner=world.zoe, account=attached(world.zoe), at=NOON)


def test_a_pupil_who_left_or_of_another_school_is_refused_in_plain_words(world: World) -> None:
    rentree, account = campaign(world), attached(world.lea)
    world.lea.status = LearnerStatus.LEFT
    world.lea.save()
    with pytest.raises(actions.HasLeft, match="plus inscrit"):
        actions.begin(campaign=rentree, learner=world.lea, account=account, at=NOON)
    noe = world.learners["noe"]
    with pytest.raises(actions.CodeNotWorking):
        actions.begin(campaign=rentree, learner=noe, account=attached(noe), at=NOON)


def test_the_database_refuses_what_must_never_be(world: World) -> None:
    rentree = campaign(world)
    start = {"campaign": rentree, "learner": world.lea, "started_at": NOON}
    Participation.objects.create(**start)
    for impossible in (start, {**start, "rank": 2, "state": "DONE"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.create(**impossible)
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=rentree.pk).update(closes_at=rentree.opens_at)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_instant_start_once() -> None:
    from tests.world import build_world

    world = build_world()
    rentree, account = campaign(world), attached(world.lea)
    gate, made = threading.Barrier(8), []

    def open_tab() -> None:
        gate.wait()
        made.append(actions.begin(campaign=rentree, learner=world.lea, account=account, at=NOON).pk)
        connection.close()

    tabs = [threading.Thread(target=open_tab) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(made) == 8
    assert len(set(made)) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_copied_by_two_people_in_the_same_second_it_is_copied_once() -> None:
    from tests.world import build_world

    world = build_world()
    rentree = campaign(world)
    gate, made = threading.Barrier(6), []

    def copy(by: Account) -> None:
        gate.wait()
        made.append(actions.copy_campaign(campaign=rentree, by=by, at=NOON).pk)
        connection.close()

    people = [threading.Thread(target=copy, args=[by]) for by in [world.boeuf, world.ndiaye] * 3]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert (len(made), len(set(made))) == (6, 1)
    assert Campaign.objects.count() == 2
    assert Entry.objects.filter(verb="campagne-copiee").count() == 1
