"""This account is that pupil; it was not; it was after all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.models import Attachment, How
from preau.attachments.refusals import (
    AccountTakenHere,
    AlreadyDetached,
    JoinedAccount,
    LearnerLeft,
    LearnerTaken,
    NothingToUndo,
    StaffAccount,
    TooLateToUndo,
)
from preau.audit.actions import record
from preau.establishments.models import Membership
from preau.rosters.models import Learner, LearnerStatus

UNDO_WITHIN = timedelta(days=30)


@transaction.atomic
def attach(*, learner: Learner, account: Account, how: How, by: Account | None, at: datetime) -> Attachment:
    """Say that this account is that pupil; doing it twice is the same as once.

    Raises LearnerLeft, StaffAccount, LearnerTaken, AccountTakenHere. The unique constraints decide between two
    people who attach at the same moment.
    """
    rows = Learner.objects.select_for_update(of=("self",)).select_related("establishment")
    found = rows.filter(pk=learner.pk).first()
    if (
        found is None or found.status != LearnerStatus.PRESENT
    ):  # none: the import that brought them was undone
        raise LearnerLeft
    learner = found
    if Membership.objects.filter(account=account).exists():
        raise StaffAccount
    already = Attachment.objects.active().filter(learner=learner, account=account).first()
    if already is not None:
        return already
    try:
        with transaction.atomic():
            attachment = Attachment.objects.create(
                learner=learner,
                establishment_id=learner.establishment_id,
                account=account,
                made_at=at,
                made_by=by,
                made_how=how,
            )
    except IntegrityError as collision:
        raise _who_was_there(learner) from collision
    _record("rattache", attachment, by=by, at=at, how=How(how).value)
    return attachment


@transaction.atomic
def detach(*, attachment: Attachment, why: str, by: Account, at: datetime) -> Attachment:
    """End an attachment, keeping it so that it can be undone for 30 days; raises AlreadyDetached."""
    ended = (
        Attachment.objects.active()
        .filter(pk=attachment.pk)
        .update(ended_at=at, ended_by=by, ended_why=why.strip()[:200])
    )
    if not ended:
        raise AlreadyDetached
    attachment.refresh_from_db()
    _record("detache", attachment, by=by, at=at, why=attachment.ended_why)
    return attachment


@transaction.atomic
def undo_detach(*, attachment: Attachment, by: Account, at: datetime) -> Attachment:
    """Make an ended attachment active again, within 30 days.

    Raises TooLateToUndo, NothingToUndo, JoinedAccount, LearnerLeft, LearnerTaken, AccountTakenHere.
    """
    learner = Learner.objects.select_for_update().get(pk=attachment.learner_id)
    if learner.status != LearnerStatus.PRESENT:
        raise LearnerLeft
    if attachment.ended_at is not None and at - attachment.ended_at > UNDO_WITHIN:
        raise TooLateToUndo
    if Account.objects.filter(pk=attachment.account_id, joined_to__isnull=False).exists():
        raise JoinedAccount
    try:
        with transaction.atomic():
            undone = Attachment.objects.filter(
                pk=attachment.pk, ended_at__isnull=False, ended_at__gte=at - UNDO_WITHIN
            ).update(ended_at=None, ended_by=None, ended_why="")
    except IntegrityError as collision:
        raise _who_was_there(learner) from collision
    if not undone:
        raise NothingToUndo
    attachment.refresh_from_db()
    _record("rattache-de-nouveau", attachment, by=by, at=at)
    return attachment


def _who_was_there(learner: Learner) -> LearnerTaken | AccountTakenHere:
    """Which of the two unique constraints said no; both databases name them differently, the rows do not."""
    taken = Attachment.objects.active().filter(learner=learner).exists()
    return LearnerTaken() if taken else AccountTakenHere()


def _record(verb: str, attachment: Attachment, *, by: Account | None, at: datetime, **facts: object) -> None:
    learner = attachment.learner
    record(
        verb=verb,
        at=at,
        by=by,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        account=attachment.account_id,
        **facts,
    )
