"""Joining an ENT identity to the pupil's account, and the screen of a conflict, for every way that leads there."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from preau.accounts import identities
from preau.accounts.models import Account, ConnectionMode
from preau.attachments.actions import Proof, join_identity, note_conflict
from preau.attachments.actions.identities import is_unowned
from preau.attachments.arriving import Arriving, arriving
from preau.attachments.finding import is_same_person
from preau.attachments.models import How
from preau.attachments.pending import Pending
from preau.attachments.refusals import IdentityOver, InConflict, TwoAccounts
from preau.attachments.stumbles import Stumble, tell
from preau.attachments.views.find import call_for_help
from preau.attachments.views.path import go_in
from preau.rosters.models import Learner


def identity_of(request: HttpRequest, waiting: Pending, *, at: datetime) -> Arriving | None:
    """The ENT identity that comes along with this proof, if it still waits."""
    if not waiting.identity:
        return None
    try:
        return arriving(request, at=at, key=waiting.identity)
    except IdentityOver:
        return None


def opens_by_itself(waiting: Pending, account: Account | None, learner: Learner) -> bool:
    """Whether the proof is enough to join: a card always, anything else where there is no account to prove."""
    return waiting.how == How.CARD or account is None or is_unowned(account, learner)


def join_and_go(
    request: HttpRequest, *, learner: Learner, proof: Proof, account: Account | None, at: datetime
) -> HttpResponse:
    """Everything at once, or the screen that says why not; then where the pupil was going."""
    was_here = request.user if isinstance(request.user, Account) else None
    same = was_here is not None and is_same_person(account=was_here, learner=learner)
    before = set(account.modes) if account is not None else set()
    try:
        with transaction.atomic():
            joined = join_identity(request, learner=learner, proof=proof, account=account, at=at)
            uai = learner.establishment.uai
            answer = go_in(request, joined, how="mediacentre", uai=uai, at=at)
    except InConflict as refusal:
        return conflict_screen(request, refusal, at=at)
    if same and was_here != joined:
        # Both were proved by whoever is here: the staff see the two accounts, the pupil goes on.
        met = TwoAccounts(learner=learner, other_account=was_here)
        note_conflict(refusal=met, help_request=None, at=at)
    if ConnectionMode.USERNAME.value in before:
        messages.success(request, "C’est fait ! Tu peux maintenant entrer par l’ENT ou avec ton identifiant.")
    elif ConnectionMode.EMAIL.value in before:
        messages.success(
            request, "C’est fait ! Tu peux maintenant entrer par l’ENT ou avec ton adresse e-mail."
        )
    return answer


def conflict_screen(request: HttpRequest, refusal: InConflict, *, at: datetime) -> HttpResponse:
    """One sentence, one action, a help code; the staff find both sides in « Aides »."""
    learner = refusal.facts["learner"]
    if not isinstance(learner, Learner):
        raise refusal
    asked = call_for_help(request, learner.establishment, typed=None, reason="conflict", at=at)
    note_conflict(refusal=refusal, help_request=asked, at=at)
    tell(learner.pk, Stumble.TWO_ACCOUNTS, at=at)
    identities.forget(request)
    facts = {"refusal": refusal, "asked": asked, "school": learner.establishment}
    return render(request, "attachments/conflict.html", facts, status=409)
