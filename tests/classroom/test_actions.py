"""A lesson opens, is prolonged, closes by itself, and signs its class out."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django_tasks_db.models import DBTaskResult

from preau.accounts import throttle
from preau.accounts.models import OpenSession
from preau.attachments.models import Attachment
from preau.audit.models import Entry
from preau.classroom.actions import (
    LessonOver,
    LongestReached,
    close_due,
    close_session,
    detach_wrong_account,
    open_session,
    prolong_session,
    sign_everyone_out,
    unblock_pupil,
    undo_wrong_account,
)
from preau.classroom.models import LONGEST, Difficulty, Session
from tests.classroom.conftest import enters_with_card, signs_in, types_card
from tests.world import World


def verbs() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def test_a_lesson_lasts_what_the_teacher_said_and_two_hours_at_most(world: World, now: datetime) -> None:
    for minutes, lasts in ((55, 55), (120, 120), (9000, 55), (0, 55)):
        lesson = open_session(division=world.divisions["6A"], minutes=minutes, by=world.garcao, at=now)
        assert lesson.closes_at - lesson.opened_at == timedelta(minutes=lasts)
        close_session(session=lesson, by=world.garcao, at=now)


def test_two_teachers_who_open_a_lesson_share_it(world: World, lesson: Session, now: datetime) -> None:
    assert open_session(division=world.divisions["6A"], minutes=30, by=world.boeuf, at=now) == lesson
    assert Session.objects.count() == 1
    assert verbs().count("seance-ouverte") == 1


def test_the_database_refuses_two_open_lessons_of_a_class(lesson: Session) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.create(
            establishment=lesson.establishment,
            division=lesson.division,
            opened_at=lesson.opened_at,
            closes_at=lesson.closes_at,
        )


def test_a_lesson_is_prolonged_by_ten_minutes_and_never_beyond_two_hours(
    world: World, lesson: Session, now: datetime
) -> None:
    before = lesson.closes_at
    assert prolong_session(session=lesson, by=world.garcao, at=now).closes_at == before + timedelta(
        minutes=10
    )
    for _ in range(6):  # 65 minutes already; the last one only takes what is left
        prolong_session(session=lesson, by=world.garcao, at=now)
    with pytest.raises(LongestReached):
        prolong_session(session=lesson, by=world.garcao, at=now)
    lesson.refresh_from_db()
    assert lesson.closes_at == lesson.opened_at + LONGEST
    close_session(session=lesson, by=world.garcao, at=now)
    with pytest.raises(LessonOver):
        prolong_session(session=lesson, by=world.garcao, at=now)


def test_a_lesson_closes_by_itself_at_its_own_time_and_signs_its_class_out(
    world: World, lesson: Session, account_of, now: datetime
) -> None:
    lea = account_of(world.lea, "lea.martin")
    client = signs_in("lea.martin")
    assert close_due(at=lesson.closes_at - timedelta(seconds=1)) == 0
    assert close_due(at=lesson.closes_at + timedelta(days=1)) == 1
    lesson.refresh_from_db()
    assert lesson.closed_at == lesson.closes_at
    assert lesson.figures == {"pupils": 2, "entered": 1, "helped": 0}
    assert not OpenSession.objects.filter(account=lea).exists()
    assert client.get("/moi/").status_code == 302
    assert Entry.objects.filter(verb="seance-fermee", actor="").count() == 1


def test_a_worker_closes_it_and_waits_again_for_one_that_was_prolonged(
    world: World, lesson: Session, now: datetime
) -> None:
    from preau.classroom.tasks import close_when_over

    (waiting,) = DBTaskResult.objects.filter(task_path__endswith="close_when_over")
    assert waiting.run_after == lesson.closes_at
    close_when_over.call(lesson.pk)  # woken too early: the lesson was prolonged meanwhile
    assert DBTaskResult.objects.filter(task_path__endswith="close_when_over").count() == 2
    Session.objects.filter(pk=lesson.pk).update(
        opened_at=now - timedelta(hours=1), closes_at=now - timedelta(minutes=5)
    )
    close_when_over.call(lesson.pk)
    close_when_over.call(lesson.pk)
    assert Session.objects.get(pk=lesson.pk).closed_at == now - timedelta(minutes=5)
    assert verbs().count("seance-fermee") == 1


def test_a_forgotten_lesson_is_closed_by_the_next_one_and_by_the_daily_tidying(
    world: World, lesson: Session, now: datetime
) -> None:
    Session.objects.filter(pk=lesson.pk).update(
        opened_at=now - timedelta(days=2), closes_at=now - timedelta(days=2) + timedelta(hours=1)
    )
    second = open_session(division=world.divisions["6A"], minutes=55, by=world.garcao, at=now)
    assert second != lesson
    Session.objects.filter(pk=second.pk).update(
        opened_at=now - timedelta(days=1), closes_at=now - timedelta(hours=20)
    )
    call_command("tidy")
    assert not Session.objects.filter(closed_at=None).exists()


def test_signing_everyone_out_spares_other_classes_the_teacher_and_what_was_opened_before(
    world: World, lesson: Session, account_of, now: datetime
) -> None:
    account_of(world.lea, "lea.martin")
    account_of(world.learners["nils"], "nils.ostergaard")
    account_of(world.zoe, "zoe.martin")
    lea, nils, zoe = signs_in("lea.martin"), signs_in("nils.ostergaard"), signs_in("zoe.martin")
    OpenSession.objects.filter(account__username="nils.ostergaard").update(opened_at=now - timedelta(hours=2))
    assert sign_everyone_out(session=lesson, by=world.garcao, at=now + timedelta(minutes=1)) == 1
    assert [one.get("/moi/").status_code for one in (lea, nils, zoe)] == [302, 200, 200]
    assert Session.objects.get(pk=lesson.pk).closed_at is None
    assert Entry.objects.get(verb="classe-deconnectee").facts == {"count": 1}


def test_wrong_account_is_detached_signed_out_and_can_come_back(
    world: World, lesson: Session, account_of, now: datetime
) -> None:
    account_of(world.lea, "lea.martin")
    client = signs_in("lea.martin")
    detach_wrong_account(learner=world.lea, by=world.garcao, at=now)
    assert client.get("/moi/").status_code == 302
    assert not Attachment.objects.active().filter(learner=world.lea).exists()
    undo_wrong_account(learner=world.lea, by=world.garcao, at=now)
    assert Attachment.objects.active().filter(learner=world.lea).exists()
    assert verbs()[-2:] == ["detache", "rattache-de-nouveau"]


def test_unblocking_forgets_the_wrong_passwords_and_what_stopped_the_pupil(
    world: World, lesson: Session, account_of, now: datetime
) -> None:
    account_of(world.lea, "lea.martin")
    for _ in range(6):
        signs_in("lea.martin", "pas le bon")
    Difficulty.objects.create(session=lesson, learner=world.lea, what="SLOWED", at=now)
    key = throttle.account_key("lea.martin")
    assert throttle.delay_left(key, at=now)
    unblock_pupil(session=lesson, learner=world.lea, by=world.garcao, at=now)
    assert not throttle.delay_left(key, at=now)
    assert not Difficulty.objects.exists()


def test_a_used_card_is_kept_as_a_reason_without_what_was_typed_and_only_during_a_lesson(
    world: World, lesson: Session, card_of, now: datetime
) -> None:
    code, zoes = card_of(world.lea), card_of(world.zoe)
    enters_with_card(code)
    enters_with_card(zoes)
    for again in (code, code, zoes):  # the 5B has no lesson
        types_card(again)
    (difficulty,) = Difficulty.objects.all()
    assert (difficulty.learner, difficulty.what, difficulty.count) == (world.lea, "CARD_SPENT", 2)


def test_difficulties_are_forgotten_a_week_after_the_lesson(
    world: World, lesson: Session, now: datetime
) -> None:
    Difficulty.objects.create(session=lesson, learner=world.lea, what="FORGOTTEN", at=now)
    close_session(session=lesson, by=world.garcao, at=now)
    call_command("tidy")
    assert Difficulty.objects.exists()
    Session.objects.update(closed_at=now - timedelta(days=8))
    call_command("tidy")
    assert not Difficulty.objects.exists()
    assert Session.objects.get().figures["helped"] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_open_one_lesson_and_close_it_once(world: World, now: datetime) -> None:
    made, closed = [], []

    def open_one() -> None:
        made.append(open_session(division=world.divisions["6A"], minutes=55, by=world.garcao, at=now).pk)
        connection.close()

    def close_one() -> None:
        closed.append(
            close_session(
                session=Session.objects.get(pk=made[0]), by=world.garcao, at=now + timedelta(minutes=1)
            )
        )
        connection.close()

    for deed in (open_one, close_one):
        threads = [threading.Thread(target=deed) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 1
    assert len(made) == 5
    assert [one for one in closed if one is not None] == [0]
