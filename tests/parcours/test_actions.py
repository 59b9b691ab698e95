"""What a pupil does with a parcours, and what is refused without losing anything."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.utils import timezone

from preau.campaigns import actions as campaigns
from preau.campaigns.models import Campaign, Participation, ParticipationState
from preau.parcours import actions
from preau.parcours.actions import course_for
from preau.parcours.bank import bank_of, load_bank
from preau.parcours.choosing import Course
from preau.parcours.editions import _kept, bank_of_edition, keep_edition
from preau.parcours.items import AnswerRefused
from preau.parcours.looking_back import looked_back, results_of
from preau.parcours.models import Answer, Attempt, AttemptState, Edition, Parcours
from preau.parcours.plans import RENTREE, SIXTEEN, Plan
from preau.parcours.signals import attempt_continuing
from tests.parcours.pupils import (
    SHORT,
    account_of,
    answer_now,
    anything,
    play_to_the_end,
    right_answer,
    short_campaign,
)


@pytest.fixture
def campaign(world) -> Campaign:
    return short_campaign(world)


@pytest.fixture
def participation(world, campaign) -> Participation:
    account = account_of(world.lea)
    return campaigns.begin(campaign=campaign, learner=world.lea, account=account, at=timezone.now())


@pytest.fixture
def attempt(participation) -> Attempt:
    return participation.attempt


def test_lea_answers_to_the_end_and_sends(participation, attempt) -> None:
    over = play_to_the_end(attempt)
    assert over.state == AttemptState.FINISHED
    assert 2 <= over.answered <= SHORT.length
    participation.refresh_from_db()
    assert participation.state == ParticipationState.STARTED
    sent = actions.send(attempt=over, by=over.account, at=timezone.now())
    participation.refresh_from_db()
    assert (sent.state, participation.state) == (AttemptState.SENT, ParticipationState.DONE)
    again = actions.send(attempt=over, by=over.account, at=timezone.now() + timedelta(hours=1))
    assert again.sent_at == sent.sent_at


def test_results_leave_by_themselves_when_the_campaign_says_so(world) -> None:
    campaign, account = short_campaign(world, auto_send=True), account_of(world.lea)
    participation = campaigns.begin(campaign=campaign, learner=world.lea, account=account, at=timezone.now())
    assert play_to_the_end(participation.attempt).state == AttemptState.SENT
    participation.refresh_from_db()
    assert participation.state == ParticipationState.DONE


def test_who_answers_everything_right_reaches_the_top_and_who_nothing_stays_below(world) -> None:
    deep = Plan("Tout", ("1.1", "1.3"), 1, 8, length=60)
    course = Course(deep, load_bank())
    best = play_to_the_end(_attempt(world, deep), right_answer)
    assert all(answer.right for answer in best.answers.all())
    assert {one["level"] for one in best.levels} == {chain.highest for chain in course.chains.values()}
    worst = play_to_the_end(_attempt(world, deep, "nils"), anything)
    assert all(one["level"] <= one["top"] for one in worst.levels)


def _attempt(world, plan: Plan, who: str = "lea", **more) -> Attempt:
    learner = world.learners[who]
    return actions.start(plan=plan, learner=learner, account=account_of(learner), at=timezone.now(), **more)


def test_the_same_seed_asks_the_same_questions_and_neighbours_differ(world) -> None:
    asked = []
    for who, seed in (("lea", 11), ("nils", 11), ("zoe", 12), ("apolline", 13), ("maelys", 14)):
        attempt = play_to_the_end(_attempt(world, SHORT, who, seed=seed), right_answer)
        asked.append([one.item_id for one in attempt.answers.all()])
    assert asked[0] == asked[1]
    assert len({tuple(one) for one in asked}) >= 3


def test_a_cut_connection_sends_twice_and_the_answer_is_kept_once(attempt) -> None:
    given = anything(attempt)
    sent = {"rank": 1, "item_id": attempt.item_id, "key": attempt.key_of(1), "given": given}
    first = actions.answer(attempt=attempt, by=attempt.account, at=timezone.now(), **sent)
    again = actions.answer(attempt=attempt, by=attempt.account, at=timezone.now(), **sent)
    assert (first.answered, again.answered, Answer.objects.count()) == (1, 1, 1)
    assert again.item_id == first.item_id


def test_a_second_thought_comes_too_late_and_the_first_answer_stays(attempt) -> None:
    kept = anything(attempt)
    item, key = attempt.item_id, attempt.key_of(1)
    answer_now(attempt)
    with pytest.raises(actions.AlreadyAnswered):
        actions.answer(
            attempt=attempt, rank=1, item_id=item, key=key, given={"answer": ["autre"]},
            by=attempt.account, at=timezone.now(),
        )  # fmt: skip
    assert Answer.objects.get().given == kept


@pytest.mark.parametrize(
    "forged",
    [
        {"item_id": "n-existe-pas"},
        {"key": uuid4()},
        {"rank": 4},
        {"rank": 0},
    ],
)
def test_a_forged_answer_changes_nothing(attempt, forged) -> None:
    with pytest.raises(actions.OtherQuestion):
        answer_now(attempt, **forged)
    attempt.refresh_from_db()
    assert (attempt.answered, Answer.objects.count()) == (0, 0)


def test_a_question_of_later_cannot_be_answered_now_even_with_its_key(attempt) -> None:
    with pytest.raises(actions.OtherQuestion):
        answer_now(attempt, rank=3, key=attempt.key_of(3))


def test_an_answer_after_the_end_says_so_and_the_others_are_kept(attempt) -> None:
    over = play_to_the_end(attempt)
    rank = over.answered + 1
    with pytest.raises(actions.AlreadyOver):
        answer_now(over, rank=rank, key=over.key_of(rank), given={"answer": ["1"]})
    assert over.answers.count() == over.answered


@pytest.mark.parametrize(
    "given", [{}, {"answer": [""]}, {"answer": ["x" * 5000]}, {str(n): [""] for n in range(99)}]
)
def test_an_empty_or_a_huge_answer_is_asked_again(attempt, given) -> None:
    with pytest.raises(AnswerRefused) as refused:
        answer_now(attempt, given=given)
    assert refused.value.message
    assert not Answer.objects.exists()


def test_passing_is_an_answer_that_is_not_right(attempt) -> None:
    answer_now(attempt, passed=True, given={})
    kept = Answer.objects.get()
    assert (kept.passed, kept.right, kept.given) == (True, False, {})
    assert looked_back(attempt, [kept])[0].outcome.expected


def test_a_campaign_closed_in_the_middle_keeps_what_was_answered(world, campaign, attempt) -> None:
    attempt = answer_now(attempt)
    campaigns.close_campaign(campaign=campaign, by=world.boeuf, at=timezone.now())
    with pytest.raises(actions.Paused) as closed:
        answer_now(attempt)
    assert "a fermé ce parcours" in closed.value.message
    assert Answer.objects.count() == 1
    sent = actions.send(attempt=attempt, by=attempt.account, at=timezone.now())
    assert (sent.state, sent.stopped_by, len(sent.levels)) == (AttemptState.SENT, "closed", 1)


def test_a_campaign_that_opens_again_goes_on_where_it_was(world, campaign, attempt) -> None:
    attempt = answer_now(attempt)
    campaigns.close_campaign(campaign=campaign, by=world.boeuf, at=timezone.now())
    campaigns.reopen_campaign(campaign=campaign, by=world.boeuf, at=timezone.now())
    assert answer_now(attempt).answered == 2


def test_nothing_is_sent_while_questions_are_left(attempt) -> None:
    with pytest.raises(actions.NotOver):
        actions.send(attempt=answer_now(attempt), by=attempt.account, at=timezone.now())


def test_a_started_attempt_keeps_its_questions_when_the_bank_changes(attempt) -> None:
    before = load_bank()
    reworded = [
        type(item)(item.id, item.skill, item.kind, {**item.source, "prompt": "Autre question ?"})
        for item in before.items
    ]
    old = bank_of(before.skills, reworded, version="avant")
    keep_edition(old, at=timezone.now())
    keep_edition(old, at=timezone.now())
    assert Edition.objects.count() == 2
    Attempt.objects.update(edition_id="avant")
    attempt.refresh_from_db()
    _kept.cache_clear()
    assert bank_of_edition("avant").item(attempt.item_id).source["prompt"] == "Autre question ?"
    over = play_to_the_end(attempt)
    assert {one.prompt for one in looked_back(over, over.answers.all())} == {"Autre question ?"}
    assert bank_of_edition("avant").version == "avant"
    assert course_for(over).bank.version == "avant"


def test_a_second_try_keeps_both(world) -> None:
    campaign, account = short_campaign(world, several_tries=True), account_of(world.lea)
    now = timezone.now()
    facts = {"campaign": campaign, "learner": world.lea, "account": account, "at": now}
    first = campaigns.begin(**facts)
    actions.send(attempt=play_to_the_end(first.attempt), by=account, at=now)
    assert campaigns.begin(**facts) == first
    second = campaigns.begin(**facts, again=True)
    assert campaigns.begin(**facts, again=True) == second
    assert (second.rank, second.attempt != first.attempt) == (2, True)
    assert Attempt.objects.sent().count() == 1
    assert Attempt.objects.running().get() == second.attempt


def test_without_a_second_try_beginning_again_finds_the_first(participation, campaign, world) -> None:
    attempt = participation.attempt
    actions.send(attempt=play_to_the_end(attempt), by=attempt.account, at=timezone.now())
    found = campaigns.begin(
        campaign=campaign, learner=world.lea, account=attempt.account, at=timezone.now(), again=True
    )
    assert found == participation


def test_the_end_says_a_level_how_sure_and_what_to_try_next(attempt) -> None:
    over = play_to_the_end(attempt)
    said = results_of(over)
    assert {one.competence.code for one in said["reached"]} == {"1.1", "1.3"}
    assert all(one.low <= one.level <= one.high <= one.top for one in said["reached"])
    assert all(one.statement and one.explanation for one in said["advice"])
    assert len(said["advice"]) <= 3


def test_a_pause_counts_for_ten_minutes_at_most(attempt) -> None:
    later = timezone.now() + timedelta(days=1)
    Campaign.objects.update(closes_at=None)
    answer_now(attempt, at=later)
    kept = Answer.objects.with_time().get()
    assert kept.took == kept.time == timedelta(minutes=10)


def test_the_time_of_answering_ends_a_parcours(world) -> None:
    hurried = Plan("Vite", ("1.1", "1.3"), 1, 8, length=20, seconds=900)
    attempt, at = _attempt(world, hurried), timezone.now()
    for _ in range(2):
        at += timedelta(minutes=9)
        attempt = answer_now(attempt, at=at)
    assert (attempt.state, attempt.stopped_by) == (AttemptState.FINISHED, "time")


def test_a_school_that_leaves_takes_its_parcours_and_attempts_along(world, attempt) -> None:
    answer_now(attempt)
    world.tilleuls.delete()
    assert not Attempt.objects.exists()
    assert not Parcours.objects.exists()


def test_a_parcours_that_a_campaign_opens_cannot_be_deleted(campaign) -> None:
    with pytest.raises(RestrictedError):
        campaign.parcours.delete()


def test_the_two_ready_parcours_ask_about_every_competence() -> None:
    assert len(RENTREE.competences) == len(SIXTEEN.competences) == 16
    assert (RENTREE.length, SIXTEEN.length) == (16, 48)


def test_the_database_refuses_two_answers_of_one_rank_and_dates_that_lie(attempt) -> None:
    answer_now(attempt)
    kept = Answer.objects.get()
    kept.pk, kept.key = None, uuid4()
    for forbidden in (
        kept.save,
        lambda: Attempt.objects.update(state=AttemptState.SENT),
        lambda: Attempt.objects.update(item_id=""),
        lambda: Answer.objects.update(passed=True, right=True),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_machines_that_answer_at_the_same_moment_keep_one_answer(attempt) -> None:
    said, inside = [], threading.Barrier(2, timeout=1)

    def wait_for_the_other(**_: object) -> None:
        with suppress(threading.BrokenBarrierError):  # the other one waits outside, as it should
            inside.wait()

    def answer() -> None:
        try:
            said.append(
                answer_now(Attempt.objects.get(pk=attempt.pk), rank=1, key=attempt.key_of(1)).answered
            )
        finally:
            connection.close()

    attempt_continuing.connect(wait_for_the_other)
    both = [threading.Thread(target=answer) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    attempt_continuing.disconnect(wait_for_the_other)
    assert said == [1, 1]  # the second waits for the first, and is told the same
    assert Answer.objects.count() == 1
