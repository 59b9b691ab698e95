"""What can be done with a lesson, and when it is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from preau.accounts.actions import end_sessions, unblock
from preau.accounts.models import Account
from preau.attachments.actions import detach, undo_detach
from preau.attachments.models import Attachment
from preau.audit.actions import record
from preau.classroom.models import LONGEST, Difficulty, Session
from preau.classroom.reading import accounts_of, board_of
from preau.classroom.tasks import close_when_over
from preau.rosters.models import Division, Learner
from preau.web.refusals import Refusal

LENGTHS = (30, 55, 85, 120)  # minutes
USUAL = 55
MORE = timedelta(minutes=10)
WRONG_ACCOUNT = "Mauvais compte, vu pendant la séance."


class LessonOver(Refusal):
    """Somebody closed it, or its time came."""

    message = "Cette séance est fermée. Ouvrez-en une autre pour continuer."


class LongestReached(Refusal):
    """Two hours: whatever comes next is another lesson."""

    message = "Une séance dure deux heures au plus. Fermez-la, puis ouvrez-en une autre."


class NoAccount(Refusal):
    """Nothing to detach, or somebody else did."""

    message = "Aucun compte n’est rattaché à cet élève."


@transaction.atomic
def open_session(*, division: Division, minutes: int, by: Account, at: datetime) -> Session:
    """Open a lesson for a class, or find the one that is running: two teachers and two clicks make one."""
    close_due(at=at, division=division)
    running = Session.objects.filter(division=division, closed_at=None).first()
    if running is not None:
        return running
    length = min(timedelta(minutes=minutes if minutes in LENGTHS else USUAL), LONGEST)
    lesson = Session(
        establishment_id=division.establishment_id,
        division=division,
        opened_by=by,
        opened_at=at,
        closes_at=at + length,
    )
    try:
        with transaction.atomic():
            lesson.save(force_insert=True)
    except IntegrityError:  # somebody was quicker
        return Session.objects.get(division=division, closed_at=None)
    _note("seance-ouverte", lesson, by=by, at=at)
    close_when_over.using(run_after=lesson.closes_at).enqueue(lesson.pk)
    return lesson


@transaction.atomic
def prolong_session(*, session: Session, by: Account, at: datetime) -> Session:
    """Ten minutes more, two hours at most. Raises LessonOver, LongestReached."""
    lesson = _running(session, at=at)
    if lesson.closes_at >= lesson.longest:
        raise LongestReached
    lesson.closes_at = min(lesson.closes_at + MORE, lesson.longest)
    lesson.save(update_fields=["closes_at"])
    _note("seance-prolongee", lesson, by=by, at=at)
    return lesson


@transaction.atomic
def close_session(*, session: Session, by: Account | None, at: datetime) -> int | None:
    """Close a lesson and sign out the pupils who entered during it; say how many sessions ended.

    `by` is nobody when its time came. None when it was closed already.
    """
    if not Session.objects.filter(pk=session.pk, closed_at=None).update(closed_at=at, closed_by=by):
        return None
    board = board_of(session, at=at)
    figures = {"pupils": len(board.places), "entered": board.inside, "helped": _helped(session)}
    ended = end_sessions(accounts=accounts_of(session), since=session.opened_at, until=at)
    Session.objects.filter(pk=session.pk).update(figures=figures)
    _note("seance-fermee", session, by=by, at=at, **figures)
    return ended


def close_due(*, at: datetime, division: Division | None = None, pk: int | None = None) -> int:
    """Close the lessons whose time has come, each at its own time; say how many."""
    due = Session.objects.due(at).select_related("division", "establishment").order_by("pk")
    if division is not None:
        due = due.filter(division=division)
    if pk is not None:
        due = due.filter(pk=pk)
    lessons = list(due)
    for lesson in lessons:
        close_session(session=lesson, by=None, at=lesson.closes_at)
    return len(lessons)


@transaction.atomic
def sign_everyone_out(*, session: Session, by: Account, at: datetime) -> int:
    """End the sessions that pupils of the class opened during the lesson, which goes on; say how many."""
    ended = end_sessions(accounts=accounts_of(session), since=session.opened_at, until=at)
    _note("classe-deconnectee", session, by=by, at=at, count=ended)
    return ended


@transaction.atomic
def unblock_pupil(*, session: Session, learner: Learner, by: Account, at: datetime) -> None:
    """Let a pupil try again at once: forget the wrong passwords on their account, and what stopped them here."""
    attachment = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    if attachment is not None:
        unblock(account=attachment.account)
    Difficulty.objects.filter(session=session, learner=learner).delete()
    record(
        verb="eleve-debloque",
        at=at,
        by=by,
        uai=session.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
    )


@transaction.atomic
def detach_wrong_account(*, learner: Learner, by: Account, at: datetime) -> Attachment:
    """« Mauvais compte » : detach it, which can be undone, and sign it out everywhere. Raises NoAccount."""
    attachment = Attachment.objects.active().filter(learner=learner).select_related("account").first()
    if attachment is None:
        raise NoAccount
    detached = detach(attachment=attachment, why=WRONG_ACCOUNT, by=by, at=at)
    end_sessions(accounts=[attachment.account_id])
    return detached


def undo_wrong_account(*, learner: Learner, by: Account, at: datetime) -> Attachment:
    """Attach again the account that was detached last. Raises NoAccount, or what `undo_detach` refuses."""
    ended = Attachment.objects.filter(learner=learner, ended_at__isnull=False).order_by("-ended_at", "-pk")
    attachment = ended.first()
    if attachment is None:
        raise NoAccount
    return undo_detach(attachment=attachment, by=by, at=at)


def _running(session: Session, *, at: datetime) -> Session:
    rows = Session.objects.running(at).select_for_update(of=("self",))
    lesson = rows.select_related("division", "establishment").filter(pk=session.pk).first()
    if lesson is None:
        raise LessonOver
    return lesson


def _helped(session: Session) -> int:
    return Difficulty.objects.filter(session=session).values("learner").distinct().count()


def _note(verb: str, session: Session, *, by: Account | None, at: datetime, **facts: int) -> None:
    uai = session.establishment.uai
    record(verb=verb, at=at, by=by, uai=uai, about=session.division.name, **facts)
