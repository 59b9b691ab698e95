"""Two accounts are one pupil's: one person of the school asks, another one confirms."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.actions.join_accounts import join_accounts, lock_both, part_accounts
from preau.attachments.merges import UNDO_WITHIN, Merge, MergeState, SetAside
from preau.attachments.refusals import (
    MergeAsked,
    MergeOver,
    MergeTooLate,
    NeedsSecondPerson,
    NothingToPart,
)
from preau.audit.actions import record
from preau.rosters.models import Learner

LATER = timedelta(days=7)


@transaction.atomic
def ask_merge(*, learner: Learner, kept: Account, joined: Account, by: Account, at: datetime) -> Merge:
    """Ask that `joined` be merged into `kept`, both this pupil's; asked twice is one request.

    Raises MergeAsked when the other direction, or other accounts, wait already; whatever `join_accounts` refuses is
    refused now as well.
    """
    lock_both(learner, kept, joined)
    Merge.objects.late(at).filter(learner=learner).update(state=MergeState.EXPIRED)
    try:
        with transaction.atomic():  # what can be refused is refused before a colleague is asked
            join_accounts(learner=learner, kept=kept, joined=joined, by=by, at=at)
            raise _Possible
    except _Possible:
        pass
    try:
        with transaction.atomic():
            merge = Merge.objects.create(
                establishment_id=learner.establishment_id,
                learner=learner,
                kept=kept,
                joined=joined,
                asked_at=at,
                asked_by=by,
            )
    except IntegrityError:
        waiting = Merge.objects.waiting(at).filter(learner=learner, kept=kept, joined=joined).first()
        if waiting is None:
            raise MergeAsked from None
        return waiting
    _record("reunion-demandee", merge, by=by, at=at)
    return merge


class _Possible(Exception):
    """Nothing was refused: take the try back."""


@transaction.atomic
def confirm_merge(*, merge: Merge, by: Account, at: datetime) -> Merge:
    """Merge, when somebody else asked for it less than seven days ago.

    Raises NeedsSecondPerson, MergeOver (answered, withdrawn, too old, or things changed), or what `join_accounts` does.
    """
    if merge.asked_by_id in {None, by.pk}:
        raise NeedsSecondPerson
    lock_both(merge.learner, merge.kept, merge.joined)
    _answer(merge, MergeState.DONE, by=by, at=at)
    merge.moved = join_accounts(learner=merge.learner, kept=merge.kept, joined=merge.joined, by=by, at=at)
    merge.save(update_fields=["moved"])
    _record("reunion-faite", merge, by=by, at=at)
    return merge


@transaction.atomic
def refuse_merge(*, merge: Merge, by: Account, at: datetime) -> Merge:
    """Say no; whoever asked takes it back. Raises MergeOver."""
    own = merge.asked_by_id == by.pk
    _answer(merge, MergeState.WITHDRAWN if own else MergeState.REFUSED, by=by, at=at)
    _record("reunion-retiree" if own else "reunion-refusee", merge, by=by, at=at)
    return merge


@transaction.atomic
def undo_merge(*, merge: Merge, by: Account, at: datetime) -> Merge:
    """Put everything back as it was, within thirty days; what came since stays with the kept account.

    Raises MergeTooLate, NothingToPart.
    """
    merge.refresh_from_db()
    if merge.decided_at is not None and at - merge.decided_at > UNDO_WITHIN:
        raise MergeTooLate
    undone = Merge.objects.filter(pk=merge.pk, state=MergeState.DONE)
    if not undone.update(state=MergeState.UNDONE, undone_at=at, undone_by=by):
        raise NothingToPart
    part_accounts(merge=merge, at=at)
    merge.refresh_from_db()
    _record("reunion-annulee", merge, by=by, at=at)
    return merge


def _answer(merge: Merge, state: MergeState, *, by: Account, at: datetime) -> None:
    answered = Merge.objects.waiting(at).filter(pk=merge.pk)
    if not answered.update(state=state, decided_at=at, decided_by=by):
        raise MergeOver
    merge.refresh_from_db()


@transaction.atomic
def set_aside(
    *, learner: Learner, accounts: tuple[int, int], later: bool, by: Account, at: datetime
) -> SetAside:
    """« Ce sont deux élèves », or « Plus tard » for seven days; said again, it is the last word that counts."""
    low, high = sorted(accounts)
    aside, _ = SetAside.objects.update_or_create(
        establishment_id=learner.establishment_id,
        low_id=low,
        high_id=high,
        defaults={
            "learner": learner,
            "until": at + LATER if later else None,
            "made_at": at,
            "made_by": by,
        },
    )
    if not later:
        _note("doublon-ecarte", learner, by=by, at=at)
    return aside


@transaction.atomic
def bring_back(*, aside: SetAside, by: Account, at: datetime) -> None:
    """Show a pair again; twice changes nothing."""
    gone, _ = SetAside.objects.filter(pk=aside.pk).delete()
    if gone:
        _note("doublon-remis", aside.learner, by=by, at=at)


def expire_merges(*, at: datetime) -> int:
    """Mark what nobody answered, and forget what can no longer be put back."""
    Merge.objects.filter(state=MergeState.DONE, decided_at__lt=at - UNDO_WITHIN).exclude(moved={}).update(
        moved={}
    )
    return Merge.objects.late(at).update(state=MergeState.EXPIRED)


def _record(verb: str, merge: Merge, *, by: Account, at: datetime) -> None:
    _note(verb, merge.learner, by=by, at=at, kept=merge.kept_id, joined=merge.joined_id)


def _note(verb: str, learner: Learner, *, by: Account, at: datetime, **facts: object) -> None:
    record(
        verb=verb,
        at=at,
        by=by,
        uai=learner.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        **facts,
    )
