"""A pupil without INE: the school says where they were last year, or that they were nowhere.

Whoever asks reads the same words in the same time, whether or not the school that is named has such a pupil.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.merges import STANDING, Transfer, TransferState
from preau.attachments.newcomers import reached_at
from preau.attachments.refusals import (
    AskedElsewhere,
    NoBirthDate,
    OwnSchool,
    TooManyRequests,
    TransferRefusal,
)
from preau.audit.actions import record, record_together
from preau.establishments.models import Establishment
from preau.rosters.models import Learner, LearnerStatus

MOST_A_DAY = 40
A_DAY = timedelta(days=1)


@transaction.atomic
def ask_former_school(*, learner: Learner, school: Establishment, by: Account, at: datetime) -> Transfer:
    """Ask the school where this pupil is said to have been that their account follow; asked twice is one request.

    Raises TransferRefusal, NoBirthDate, OwnSchool, AskedElsewhere or TooManyRequests: nothing that depends on who is
    known there.
    """
    # One at a time for a school: its requests of the day are counted.
    Establishment.objects.select_for_update(no_key=True).get(pk=learner.establishment_id)
    Transfer.objects.late(at).filter(learner=learner).update(state=TransferState.EXPIRED)
    standing = Transfer.objects.filter(learner=learner, state__in=STANDING).first()
    if standing is not None and standing.named_id == school.pk:
        return standing
    if standing is not None:
        raise AskedElsewhere
    _check(learner, school, at=at)
    Transfer.objects.filter(learner=learner, state=TransferState.FIRST).delete()
    reached = reached_at(school, learner)
    transfer = Transfer.objects.create(
        establishment_id=learner.establishment_id,
        learner=learner,
        named=school,
        holder_id=school.pk if reached else None,
        holder_learner=reached.learner if reached else None,
        account_id=reached.account_id if reached else None,
        asked_at=at,
        asked_by=by,
    )
    here = learner.establishment
    lines = [{**_line("compte-cherche", learner, here, by=by, at=at), "school": school.name}]
    if reached is not None:
        told = _line("transfert-recu", reached.learner, school, by=None, at=at)
        lines.append({**told, "school": here.name})
    record_together(*lines)
    return transfer


def _check(learner: Learner, school: Establishment, *, at: datetime) -> None:
    if learner.status != LearnerStatus.PRESENT:
        raise TransferRefusal
    if learner.birth_date is None:
        raise NoBirthDate
    if school.pk == learner.establishment_id:
        raise OwnSchool
    lately = Transfer.objects.filter(
        establishment=learner.establishment_id, named__isnull=False, asked_at__gt=at - A_DAY
    )
    if lately.exclude(state=TransferState.RELEASED).count() >= MOST_A_DAY:
        raise TooManyRequests


def _line(
    verb: str, learner: Learner, school: Establishment, *, by: Account | None, at: datetime
) -> dict[str, Any]:
    who = {"about": learner.display_name, "learner_id": learner.pk}
    return {"verb": verb, "at": at, "by": by, "uai": school.uai, **who}


@transaction.atomic
def say_first_time(*, learner: Learner, by: Account, at: datetime) -> Transfer:
    """« C’est sa première fois » : nothing to ask, until somebody says otherwise; said twice is once.

    Raises AskedElsewhere while a request waits.
    """
    Transfer.objects.late(at).filter(learner=learner).update(state=TransferState.EXPIRED)
    try:
        with transaction.atomic():
            said = Transfer.objects.create(
                establishment_id=learner.establishment_id,
                learner=learner,
                state=TransferState.FIRST,
                asked_at=at,
                asked_by=by,
            )
    except IntegrityError:
        found = Transfer.objects.filter(learner=learner, state=TransferState.FIRST).first()
        if found is None:
            raise AskedElsewhere from None
        return found
    record(**_line("premiere-fois", learner, learner.establishment, by=by, at=at))
    return said


@transaction.atomic
def ask_again(*, said: Transfer, by: Account, at: datetime) -> None:
    """Take « première fois » back: the question is asked again; twice changes nothing."""
    gone, _ = Transfer.objects.filter(pk=said.pk, state=TransferState.FIRST).delete()
    if gone:
        learner = said.learner
        record(**_line("premiere-fois-annulee", learner, learner.establishment, by=by, at=at))
