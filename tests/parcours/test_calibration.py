"""Questions that have been answered enough, and the engine that uses them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from preau.parcours import actions
from preau.parcours.bank import load_bank
from preau.parcours.calibration import calibrate_bank
from preau.parcours.choosing import course_of
from preau.parcours.editions import keep_edition, version_of
from preau.parcours.items import Kind
from preau.parcours.models import Answer, Attempt, AttemptState, Calibration
from preau.parcours.rasch import ENOUGH, calibrate
from tests.parcours.pupils import SHORT, account_of, play_to_the_end, right_answer


@pytest.fixture(autouse=True)
def _fresh_courses() -> None:
    course_of.cache_clear()  # rows made in another test may have the same number


def sent_answers(world, item, count: int, *, right: int) -> None:
    """This question in `count` sent attempts of pupils of level 3 elsewhere."""
    now = timezone.now()
    levels = [{"competence": "4.2", "theta": 3.0}, {"competence": item.skill.competence, "theta": 5.0}]
    attempts = [
        Attempt(
            learner=world.lea, definition=SHORT.as_json(), edition_id=keep_edition(load_bank(), at=now),
            seed=n, state=AttemptState.SENT, levels=levels, shown_at=now, started_at=now, finished_at=now, sent_at=now,
        )
        for n in range(count)
    ]  # fmt: skip
    Attempt.objects.bulk_create(attempts)
    Answer.objects.bulk_create(
        Answer(
            attempt=one, rank=1, key=one.key_of(1), item_id=item.id, item_version=version_of(item),
            skill=item.skill.id, competence=item.skill.competence, level=item.skill.level, given={},
            right=n < right, shown_at=now, answered_at=now,
        )
        for n, one in enumerate(attempts)
    )  # fmt: skip


def test_a_question_right_one_time_in_two_is_as_hard_as_its_pupils_are_able(world) -> None:
    often, rare = (one for one in load_bank().items[:9] if one.kind == Kind.NUMBER)
    sent_answers(world, often, ENOUGH, right=ENOUGH // 2)
    sent_answers(world, rare, ENOUGH - 1, right=10)
    made = calibrate_bank(at=timezone.now())
    assert made.difficulties == {often.id: 3.0}
    assert made.answers == ENOUGH


def test_a_question_that_luck_alone_gets_right_is_a_hard_one(world) -> None:
    choice = next(one for one in load_bank().items if one.kind == Kind.SINGLE)
    sent_answers(
        world, choice, ENOUGH, right=round(0.625 * ENOUGH)
    )  # one in two knows, one in four of the others
    assert calibrate_bank(at=timezone.now()).difficulties == {choice.id: 3.0}
    assert calibrate([(3.0, n < 50) for n in range(ENOUGH)], luck=0.25) > 7


def test_without_enough_answers_nothing_changes(world) -> None:
    said = StringIO()
    call_command("calibrate", stdout=said)
    assert "rien ne change" in said.getvalue()
    assert not Calibration.objects.exists()


def test_an_attempt_uses_the_second_engine_once_its_questions_are_weighed(world) -> None:
    before = actions.start(plan=SHORT, learner=world.lea, account=account_of(world.lea), at=timezone.now())
    bank = load_bank()
    difficulties = {item.id: item.skill.level + 0.3 for item in bank.items}
    made = Calibration.objects.create(difficulties=difficulties, answers=9999, made_at=timezone.now())
    nils = world.learners["nils"]
    after = actions.start(plan=SHORT, learner=nils, account=account_of(nils), at=timezone.now())
    assert (before.calibration, after.calibration) == (None, made)
    assert not actions.course_for(before).calibrated
    assert actions.course_for(after).calibrated
    over = play_to_the_end(after, right_answer)
    assert over.answered == SHORT.length
    assert all(one["low"] <= one["level"] <= one["high"] for one in over.levels)
    assert play_to_the_end(before, right_answer).stopped_by in {"settled", "length"}
