"""What a pupil can do with a parcours, and when it is refused; nothing that was answered is ever lost."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from preau.accounts.models import Account
from preau.parcours.adaptive import Stop
from preau.parcours.bank import load_bank
from preau.parcours.choosing import Course, Said, course_of
from preau.parcours.editions import keep_own_edition, version_of
from preau.parcours.items import AnswerRefused, check
from preau.parcours.models import (
    LONG,
    Answer,
    Attempt,
    AttemptQuerySet,
    AttemptState,
    Calibration,
    SchoolItem,
)
from preau.parcours.plans import Plan
from preau.parcours.signals import attempt_continuing, attempt_sent
from preau.rosters.models import Learner
from preau.web.refusals import Refusal

MOST_FIELDS, MOST_CHARACTERS = 60, 4000
Given = Mapping[str, list[str]]


class NothingToAsk(Refusal):
    """No question of these competences and levels."""

    message = "Ce parcours n’a pas encore de question. Dis-le à ton professeur."


class Paused(Refusal):
    """The campaign was closed in the middle: what the listener says."""


class AlreadyOver(Refusal):
    message = "Ce parcours est terminé : cette réponse ne compte pas, les autres sont gardées."


class AlreadyAnswered(Refusal):
    message = "Tu avais déjà répondu à cette question : ta première réponse est gardée. Voici la suite."


class OtherQuestion(Refusal):
    """Forged, or from another pupil's page."""

    message = "Cette réponse n’allait pas avec ta question. Rien n’est perdu : voici ta question."


class TooLong(AnswerRefused):
    message = "Ta réponse est trop longue. Garde l’essentiel : quelques mots suffisent."


class NotOver(Refusal):
    message = "Il reste des questions : termine d’abord, ou reviens plus tard."


@transaction.atomic
def start(
    *,
    plan: Plan,
    learner: Learner,
    account: Account | None,
    at: datetime,
    auto_send: bool = False,
    seed: int | None = None,
) -> Attempt:
    """Begin a parcours for this pupil with the questions of today. Raise NothingToAsk."""
    edition = keep_own_edition(load_bank(), own_questions_of(learner, plan), at=at)
    calibration = Calibration.objects.values_list("pk", flat=True).first()
    course = course_of(plan, edition, calibration)
    seed = secrets.randbits(31) if seed is None else seed
    first = course.next_item([], seed=seed, spent=0)
    if isinstance(first, Stop):
        raise NothingToAsk
    return Attempt.objects.create(
        learner=learner,
        account=account,
        definition=plan.as_json(),
        edition_id=edition,
        calibration_id=calibration,
        seed=seed,
        auto_send=auto_send,
        item_id=first.id,
        shown_at=at,
        started_at=at,
    )


def own_questions_of(learner: Learner, plan: Plan) -> list[SchoolItem]:
    """The questions of the pupil's school that this plan may ask."""
    if not plan.own:
        return []
    questions = SchoolItem.objects.filter(establishment=learner.establishment_id, archived_at=None)
    return list(questions.filter(competence__in=plan.competences).order_by("pk"))


def course_for(attempt: Attempt) -> Course:
    """The course an attempt began with."""
    return course_of(attempt.plan, attempt.edition_id, attempt.calibration_id)


def check_open(attempt: Attempt, *, at: datetime) -> None:
    """Raise Paused with what a room above says against going on now."""
    for _, sentence in attempt_continuing.send(Attempt, attempt=attempt, at=at):
        if sentence:
            raise Paused(sentence)


@transaction.atomic
def answer(  # noqa: PLR0913 - what a form sends, and who may send it
    *,
    attempt: Attempt,
    rank: int,
    item_id: str,
    key: UUID,
    given: Given,
    by: Account,
    at: datetime,
    passed: bool = False,
    among: AttemptQuerySet | None = None,
) -> Attempt:
    """Keep an answer, once however often it arrives, and choose what comes next.

    Raise AlreadyOver, AlreadyAnswered, OtherQuestion, Paused, or AnswerRefused when it says nothing yet. Only the key
    of `attempt` is read: the row is taken, and locked, `among` those that whoever answers reaches, or
    Attempt.DoesNotExist is raised.
    """
    reached = Attempt.objects.all() if among is None else among
    attempt = reached.select_for_update(of=("self",)).get(pk=attempt.pk)
    if key != attempt.key_of(rank):
        raise OtherQuestion
    if rank <= attempt.answered:
        _recall(attempt, key, given)
        return attempt
    if not attempt.running:
        raise AlreadyOver
    check_open(attempt, at=at)
    if rank != attempt.rank or item_id != attempt.item_id:
        raise OtherQuestion
    course = course_for(attempt)
    said = _said(attempt)
    kept = _judge(attempt, course, {} if passed else given, passed=passed, at=at)
    Answer.objects.bulk_create([kept])
    answers = [*said, kept]
    attempt.answered = rank
    _move_on(attempt, course, answers, by=by, at=at)
    return attempt


def _recall(attempt: Attempt, key: UUID, given: Given) -> None:
    """The same answer again, after a cut connection, is no news; another one comes too late."""
    kept = Answer.objects.get(key=key, attempt=attempt)
    if not kept.passed and kept.given != dict(given):
        raise AlreadyAnswered


def _judge(attempt: Attempt, course: Course, given: Given, *, passed: bool, at: datetime) -> Answer:
    if len(given) > MOST_FIELDS or sum(len(v) for vs in given.values() for v in vs) > MOST_CHARACTERS:
        raise TooLong
    item = course.bank.item(attempt.item_id)
    right = not passed and check(item, attempt.seed, given).right
    return Answer(
        attempt=attempt,
        rank=attempt.rank,
        key=attempt.key_of(attempt.rank),
        item_id=item.id,
        item_version=version_of(item),
        skill=item.skill.id,
        competence=item.skill.competence,
        level=item.skill.level,
        given=dict(given),
        right=right,
        passed=passed,
        shown_at=min(attempt.shown_at, at),
        answered_at=at,
    )


def _said(attempt: Attempt) -> list[Answer]:
    return list(attempt.answers.order_by("rank"))


def _for_engine(answers: Sequence[Answer]) -> list[Said]:
    return [Said(one.item_id, one.skill, one.right) for one in answers]


def _move_on(
    attempt: Attempt, course: Course, answers: Sequence[Answer], *, by: Account, at: datetime
) -> None:
    """Show the next question, or end."""
    spent = sum(one.took.total_seconds() for one in answers)
    following = course.next_item(_for_engine(answers), seed=attempt.seed, spent=spent)
    if isinstance(following, Stop):
        _end(attempt, course, answers, why=following.value, by=by, at=at)
        return
    attempt.item_id, attempt.shown_at = following.id, at
    attempt.save(update_fields=["answered", "item_id", "shown_at"])


def _end(
    attempt: Attempt, course: Course, answers: Sequence[Answer], *, why: str, by: Account, at: datetime
) -> None:
    attempt.item_id, attempt.stopped_by = "", why
    attempt.state, attempt.finished_at = AttemptState.FINISHED, at
    attempt.levels = course.levels(_for_engine(answers))
    attempt.save()
    if attempt.auto_send:
        _leave(attempt, by=by, at=at)


@transaction.atomic
def go_on(*, attempt: Attempt, at: datetime) -> None:
    """The pupil has read the checkpoint; the time of the next question counts from now."""
    Attempt.objects.running().filter(pk=attempt.pk, reviewed__lt=attempt.answered).update(
        reviewed=attempt.answered, shown_at=at
    )


def come_back(*, attempt: Attempt, at: datetime) -> None:
    """The pupil is here again after a pause: the time of the question counts from now."""
    if attempt.shown_at >= at - LONG:
        return  # nothing to write: a page that is only read takes no lock
    Attempt.objects.running().filter(pk=attempt.pk, shown_at__lt=at - LONG).update(shown_at=at)


@transaction.atomic
def send(*, attempt: Attempt, by: Account, at: datetime) -> Attempt:
    """« J’envoie mes résultats »; twice changes nothing. Raise NotOver while questions are left.

    When the campaign was closed in the middle, what was answered is sent as it is.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.sent:
        return attempt
    if attempt.running:
        _end_if_closed(attempt, by=by, at=at)
    if not attempt.sent:
        _leave(attempt, by=by, at=at)
    return attempt


def _end_if_closed(attempt: Attempt, *, by: Account, at: datetime) -> None:
    try:
        check_open(attempt, at=at)
    except Paused:
        _end(attempt, course_for(attempt), _said(attempt), why="closed", by=by, at=at)
    else:
        raise NotOver


def _leave(attempt: Attempt, *, by: Account, at: datetime) -> None:
    attempt.state, attempt.sent_at = AttemptState.SENT, at
    attempt.save(update_fields=["state", "sent_at"])
    attempt_sent.send(Attempt, attempt=attempt, by=by, at=at)
