"""A school asks the one that knows a pupil's account; that one, and nobody else, says yes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.actions.attach import attach
from preau.attachments.merges import STANDING, Transfer, TransferState
from preau.attachments.models import Attachment, How, RecognitionRefusal
from preau.attachments.refusals import (
    AccountTakenHere,
    LearnerLeft,
    LearnerTaken,
    StaffAccount,
    TransferRefusal,
)
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus

REFUSAL_STANDS = timedelta(days=30)


def held_elsewhere(learner: Learner) -> Attachment | None:
    """The attachment of another school under this pupil's INE: where they are still enrolled first, then the latest.

    Nothing of it is ever shown to whoever asks.
    """
    if not learner.ine:
        return None
    mine = Attachment.objects.active().filter(learner=learner).values("account")
    rows = (
        Attachment.objects.active()
        .filter(learner__ine=learner.ine, account__is_active=True, account__is_staff=False)
        .exclude(establishment=learner.establishment_id)
        .exclude(account__in=mine)
        .exclude(account__memberships__isnull=False)
        .select_related("learner", "establishment")
        .order_by("-learner__status", "-made_at", "-pk")
    )
    return rows.first()


@transaction.atomic
def ask_transfer(*, learner: Learner, by: Account, at: datetime) -> Transfer:
    """Ask that the account known under this pupil's INE follow them; asked twice is one request.

    Raises TransferRefusal when nobody knows one, or when the other school said no less than thirty days ago.
    """
    Transfer.objects.late(at).filter(learner=learner).update(state=TransferState.EXPIRED)
    Transfer.objects.filter(learner=learner, state=TransferState.FIRST).delete()
    held = held_elsewhere(learner)
    if learner.status != LearnerStatus.PRESENT or held is None:
        raise TransferRefusal
    refused = Transfer.objects.filter(learner=learner, account=held.account_id, state=TransferState.REFUSED)
    if refused.filter(decided_at__gt=at - REFUSAL_STANDS).exists():
        raise TransferRefusal
    try:
        with transaction.atomic():
            transfer = Transfer.objects.create(
                establishment_id=learner.establishment_id,
                learner=learner,
                holder_id=held.establishment_id,
                holder_learner=held.learner,
                account_id=held.account_id,
                asked_at=at,
                asked_by=by,
            )
    except IntegrityError:
        return Transfer.objects.get(learner=learner, state__in=STANDING)
    _record("transfert-demande", learner, by=by, at=at)
    _record("transfert-recu", held.learner, by=None, at=at, school=learner.establishment.name)
    return transfer


@transaction.atomic
def release(*, transfer: Transfer, by: Account, at: datetime) -> Transfer:
    """Let the account follow the pupil: attached at once where they have none, ready to be merged otherwise.

    This school keeps its own record and its history. Raises TransferRefusal, whatever the other school's reason.
    """
    _answer(transfer, TransferState.RELEASED, by=by, at=at)
    still = Attachment.objects.active().filter(account=transfer.account_id, establishment=transfer.holder_id)
    if transfer.account is None or not still.exists():
        raise TransferRefusal
    learner = Learner.objects.select_for_update(of=("self",)).get(pk=transfer.learner_id)
    if not Attachment.objects.active().filter(learner=learner).exists():
        try:
            attach(learner=learner, account=transfer.account, how=How.STAFF, by=transfer.asked_by, at=at)
        except (LearnerLeft, StaffAccount, LearnerTaken, AccountTakenHere):
            raise TransferRefusal from None
        RecognitionRefusal.objects.filter(learner=learner, seen_at=None).update(
            seen_at=at, seen_by=transfer.asked_by
        )
    _record("transfert-accorde", transfer.holder_learner, by=by, at=at, school=transfer.establishment.name)
    _record("transfert-obtenu", learner, by=None, at=at)
    return transfer


@transaction.atomic
def refuse_transfer(*, transfer: Transfer, by: Account, at: datetime) -> Transfer:
    """Say no. Raises TransferRefusal, also where a no would tell whoever only had a name that the pupil was here."""
    if transfer.named_id is not None:
        raise TransferRefusal
    _answer(transfer, TransferState.REFUSED, by=by, at=at)
    _record("transfert-refuse", transfer.holder_learner, by=by, at=at, school=transfer.establishment.name)
    _record("transfert-non-obtenu", transfer.learner, by=None, at=at)
    return transfer


@transaction.atomic
def ignore_transfer(*, transfer: Transfer, by: Account, at: datetime) -> Transfer:
    """Take the request off the list without an answer: the other school only sees that none came."""
    _answer(transfer, TransferState.IGNORED, by=by, at=at)
    _record("transfert-ignore", transfer.holder_learner, by=by, at=at, school=transfer.establishment.name)
    return transfer


@transaction.atomic
def withdraw_transfer(*, transfer: Transfer, by: Account, at: datetime) -> Transfer:
    """Take the request back. Raises TransferRefusal."""
    withdrawn = Transfer.objects.filter(pk=transfer.pk, state__in=STANDING)
    if not withdrawn.update(state=TransferState.WITHDRAWN, decided_at=at, decided_by=by):
        raise TransferRefusal
    _record("transfert-retire", transfer.learner, by=by, at=at)
    return transfer


def unreach(*, learners: Any = (), accounts: Any = ()) -> None:
    """These pupils or accounts (numbers, or a subquery) are about to go.

    A request that only had a name waits on, as if it had found nobody.
    """
    nobody = {"holder": None, "holder_learner": None, "account": None}
    for side, going in (("holder_learner", learners), ("account", accounts)):
        Transfer.objects.filter(named__isnull=False, **{f"{side}__in": going}).update(**nobody)


def expire_transfers(*, at: datetime) -> int:
    """Close what nobody answered."""
    return Transfer.objects.late(at).update(state=TransferState.EXPIRED)


def _answer(transfer: Transfer, state: TransferState, *, by: Account, at: datetime) -> None:
    answered = Transfer.objects.waiting(at).filter(pk=transfer.pk, holder__isnull=False)
    if not answered.update(state=state, decided_at=at, decided_by=by):
        raise TransferRefusal
    transfer.refresh_from_db()


def _record(verb: str, learner: Learner | None, *, by: Account | None, at: datetime, **facts: object) -> None:
    if learner is None:  # a request that found nobody tells nobody
        return
    uai = Establishment.objects.only("uai").get(pk=learner.establishment_id).uai
    record(verb=verb, at=at, by=by, uai=uai, about=learner.display_name, learner_id=learner.pk, **facts)
