"""A pupil we could not recognise for sure asks, a member of staff answers."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from preau.accounts.models import Account
from preau.attachments.codes import help_code
from preau.attachments.matching import Typed
from preau.attachments.models import HelpRequest, HelpState
from preau.attachments.refusals import HelpAlreadyDecided, HelpOver, LearnerLeft
from preau.audit.actions import record
from preau.establishments.models import Establishment
from preau.rosterfiles.names import compact
from preau.rosters.models import Learner, LearnerStatus

# A yes of the staff opens the way for one lesson, to the browser that asked, once.
YES_LASTS = timedelta(hours=1)
CODE_TRIES = 20


@transaction.atomic
def ask_for_help(
    *,
    establishment: Establishment,
    typed: Typed | None,
    reason: str,
    account: Account | None,
    waiting: HelpRequest | None,
    rng: random.Random,
    at: datetime,
) -> HelpRequest:
    """Open a call for help, or bring `waiting`, the one this browser has open, up to date: its code stays the same.

    Under other names it is another call: staff never say yes to names that changed behind their page, and the names
    that were tried stay known (`finding.was_guessed`).
    """
    values = {
        "typed_last_name": typed.last_name[:100] if typed else "",
        "typed_first_name": typed.first_name[:100] if typed else "",
        "typed_birth_date": typed.birth_date if typed else None,
        "reason": reason,
        "account": account,
    }
    if waiting is not None:
        open_here = HelpRequest.objects.filter(
            pk=waiting.pk, state=HelpState.WAITING, establishment=establishment
        )
        if _names_in(waiting) in {"", _names_in(typed)}:
            if open_here.update(**values):
                return open_here.get()
        elif open_here.update(state=HelpState.SETTLED):
            return HelpRequest.objects.create(
                establishment=establishment, code=waiting.code, made_at=at, **values
            )
    for _ in range(CODE_TRIES):
        try:
            with transaction.atomic():
                made = HelpRequest.objects.create(
                    establishment=establishment, code=help_code(rng), made_at=at, **values
                )
        except IntegrityError:  # somebody waiting here has this code
            continue
        _record("aide-demandee", made, about="", learner_id=None, by=account, at=at)
        return made
    raise RuntimeError("no free help code after many tries")


def _names_in(said: HelpRequest | Typed | None) -> str:
    if isinstance(said, HelpRequest):
        return compact(f"{said.typed_first_name} {said.typed_last_name}")
    return compact(f"{said.first_name} {said.last_name}") if said else ""


@transaction.atomic
def accept_help(*, help_request: HelpRequest, learner: Learner, by: Account, at: datetime) -> HelpRequest:
    """Say which pupil this is; nothing is attached before the pupil says « C’est moi ».

    Raises HelpAlreadyDecided, LearnerLeft. The pupil is of the school that was asked.
    """
    if learner.establishment_id != help_request.establishment_id:
        raise ValueError("the pupil is of another school")
    if learner.status != LearnerStatus.PRESENT:
        raise LearnerLeft
    _decide(help_request, HelpState.ACCEPTED, learner=learner, by=by, at=at)
    _record("aide-accordee", help_request, about=learner.display_name, learner_id=learner.pk, by=by, at=at)
    return help_request


@transaction.atomic
def refuse_help(*, help_request: HelpRequest, by: Account, at: datetime) -> HelpRequest:
    """Say that this is nobody of the school; raises HelpAlreadyDecided."""
    _decide(help_request, HelpState.REFUSED, learner=None, by=by, at=at)
    _record("aide-refusee", help_request, about="", learner_id=None, by=by, at=at)
    return help_request


def settle_help(*, help_request: HelpRequest, at: datetime) -> None:
    """Use up a yes of the staff; raises HelpOver when it was used, or said more than an hour ago."""
    used = HelpRequest.objects.filter(
        pk=help_request.pk, state=HelpState.ACCEPTED, decided_at__gt=at - YES_LASTS
    ).update(state=HelpState.SETTLED)
    if not used:
        raise HelpOver


def _decide(
    help_request: HelpRequest, state: HelpState, *, learner: Learner | None, by: Account, at: datetime
) -> None:
    # What was typed has served: no need to keep it (the journal says what was decided).
    decided = HelpRequest.objects.filter(pk=help_request.pk, state=HelpState.WAITING).update(
        state=state,
        learner=learner,
        decided_by=by,
        decided_at=at,
        typed_last_name="",
        typed_first_name="",
        typed_birth_date=None,
    )
    if not decided:
        raise HelpAlreadyDecided
    help_request.refresh_from_db()


def _record(
    verb: str,
    help_request: HelpRequest,
    *,
    about: str,
    learner_id: int | None,
    by: Account | None,
    at: datetime,
) -> None:
    uai = help_request.establishment.uai
    record(verb=verb, at=at, by=by, uai=uai, about=about, learner_id=learner_id, code=help_request.code)
