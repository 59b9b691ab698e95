"""What every step of the pupil's path shares: refusals in their words, the way on, who was there before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from preau.accounts import arrival, identities
from preau.accounts.actions import AccountClosed, enter
from preau.accounts.models import Account
from preau.accounts.providers.ways import providers
from preau.attachments import arriving, pending
from preau.attachments.actions import open_card
from preau.attachments.finding import is_same_person, is_sibling_here
from preau.attachments.models import Card
from preau.attachments.refusals import (
    AccountTakenHere,
    IdentityOver,
    IncompleteCode,
    PupilRefusal,
    StaffAccount,
    UnknownCard,
)
from preau.attachments.stumbles import notice_other_account, tell_refusal
from preau.establishments.models import Establishment, Membership
from preau.rosters.models import Learner

HELP_KEY = "help"
HELP_IDENTITY_KEY = "help_identity"  # the ENT identity that waits with whoever asked for help
MISSED_KEY = "missed"
View = ParamSpec("View")


def pupil_page(
    view: Callable[Concatenate[HttpRequest, View], HttpResponse],
) -> Callable[Concatenate[HttpRequest, View], HttpResponse]:
    """Show a refusal met on the way as one clear screen; nothing was recorded."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: View.args, **kwargs: View.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PupilRefusal as refusal:
            _tell_staff(request, refusal)
            return stop(request, refusal)

    return guarded


def _tell_staff(request: HttpRequest, refusal: PupilRefusal) -> None:
    """Let whoever looks at the class know which pupil was stopped, when a proof or a card says who it is."""
    learner_id = getattr(refusal, "learner_id", None) or pending.whose(request)
    learner = Learner.objects.select_related("establishment").filter(pk=learner_id or 0).first()
    if learner is None:
        return
    if isinstance(refusal, AccountTakenHere) and isinstance(request.user, Account):
        notice_other_account(learner, request.user, at=now())
    else:
        tell_refusal(refusal, learner.pk, at=now())


def stop(request: HttpRequest, refusal: PupilRefusal) -> HttpResponse:
    """What happened, what is safe, one action, who helps."""
    facts = {
        "refusal": refusal,
        "staff_account": isinstance(refusal, StaffAccount),
        "by_ent": isinstance(refusal, IdentityOver) and bool(providers(request)),
    }
    return render(request, "attachments/stop.html", facts)


def school_of(request: HttpRequest) -> Establishment | None:
    """The school this visit is for, known from the code of the board."""
    establishment_id = arrival.arrival_of(request).establishment_id
    return Establishment.objects.filter(pk=establishment_id).first() if establishment_id else None


def learner_of(waiting: pending.Pending) -> Learner:
    """The pupil of a proof, with class and school; raises StartAgain when an import took the row away."""
    learner = (
        Learner.objects.select_related("division", "establishment").filter(pk=waiting.learner_id).first()
    )
    if learner is None:
        raise pending.StartAgain
    return learner


def make_way(request: HttpRequest, learner: Learner) -> None:
    """Close the session of another pupil who was still on this computer; raises StaffAccount for an adult's.

    Why the visitor came is kept; the page that follows says what was closed.
    """
    someone = request.user
    if not isinstance(someone, Account):
        return
    if is_staff(someone):
        raise StaffAccount
    if is_same_person(account=someone, learner=learner):
        return
    if is_sibling_here(account=someone, learner=learner):
        notice_other_account(learner, someone, at=now())
    close_session(request)
    name = someone.get_short_name() or gettext("quelqu’un d’autre")
    sentence = gettext("La session de {name} était restée ouverte sur cet appareil : elle est fermée.")
    messages.warning(request, sentence.format(name=name))


def close_session(request: HttpRequest) -> None:
    """Sign whoever is here out, keeping why the visitor came and the ENT identity that waits with them."""
    names = (arrival.SESSION_KEY, identities.SESSION_KEY, arriving.LIKELY_KEY)
    kept = {name: request.session[name] for name in names if name in request.session}
    logout(request)
    request.session.update(kept)


def is_staff(account: Account) -> bool:
    """Whether this account works in a school, or runs this server."""
    return account.is_staff or Membership.objects.filter(account=account).exists()


def go_in(request: HttpRequest, account: Account, *, how: str, uai: str, at: datetime) -> HttpResponse:
    """Sign the pupil in and send them where they were going; the proof is used up."""
    try:
        answer = enter(request, account=account, at=at, how=how, uai=uai)
    except AccountClosed as refusal:
        raise PupilRefusal from refusal
    for key in (pending.SESSION_KEY, HELP_KEY, HELP_IDENTITY_KEY, MISSED_KEY):
        request.session.pop(key, None)
    if answer is None and arriving.can_join(request, at=at):
        return redirect(settings.IDENTITY_PENDING_URL)
    return answer or onward(request)


def card_typed(typed: str, *, at: datetime) -> Card | None:
    """The card whose code this is, None when it must be something else; raises the refusal of a card that is closed."""
    try:
        return open_card(typed, at)
    except (IncompleteCode, UnknownCard):
        return None


def way_on(request: HttpRequest) -> str:
    """Where the pupil was going, which may begin now that they have proved who they are, or their own page."""
    destination = arrival.arrival_of(request).destination
    if destination:
        arrival.lead(request, destination)
    return destination or reverse(settings.PUPIL_HOME_URL)


def onward(request: HttpRequest) -> HttpResponse:
    """Send the pupil there."""
    return redirect(way_on(request))


def by_htmx(request: HttpRequest) -> bool:
    """Whether a piece of the page asks, not a person."""
    return bool(getattr(request, "htmx", False))


def now() -> datetime:
    """The time, read once at the door of a view."""
    return timezone.now()
