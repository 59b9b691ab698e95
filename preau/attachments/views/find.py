"""« C’est ma première fois » : names and birth date, and what follows when nobody is sure."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from preau.accounts import arrival, throttle
from preau.accounts.actions import TooManyTries
from preau.accounts.models import Account
from preau.attachments import pending
from preau.attachments.actions import YES_LASTS, ask_for_help
from preau.attachments.arriving import arriving
from preau.attachments.failed_tries import note_failed_try
from preau.attachments.finding import recognise_in_school, was_detached, was_guessed
from preau.attachments.forms import FindForm
from preau.attachments.matching import Typed
from preau.attachments.models import HelpRequest, HelpState, How
from preau.attachments.refusals import IdentityOver, StaffAccount
from preau.attachments.stumbles import Stumble, tell
from preau.attachments.views.path import (
    HELP_IDENTITY_KEY,
    HELP_KEY,
    by_htmx,
    is_staff,
    make_way,
    now,
    pupil_page,
    school_of,
)
from preau.establishments.models import Establishment

RANDOM = secrets.SystemRandom()
YESES = {"1": "attachments:card", "2": "campaigns:home", "3": "accounts:sign_in"}


@require_http_methods(["GET", "HEAD", "POST"])
@pupil_page
def find(request: HttpRequest) -> HttpResponse:
    """Names and birth date; one pupil leads to « C’est bien toi ? », anything else to a help code, the same for all."""
    at = now()
    by_ent = _ent_key(request, at=at)
    school = school_of(request)
    if school is None:
        messages.warning(
            request, "Entre d’abord le code de ton professeur : il dit dans quel établissement tu es."
        )
        return redirect("campaigns:home")
    if request.user.is_authenticated and is_staff(request.user):
        raise StaffAccount
    asked = _help_of(request)
    form = FindForm(request.POST or None, today=timezone.localdate(at), initial=_typed_before(asked))
    if request.method != "POST" or not form.is_valid():
        return _show(request, form, school, by_ent)
    delay = throttle.delay_left(throttle.school_key(school.pk), _own_key(request), at=at)
    if delay:
        form.add_error(None, TooManyTries(delay).message)
        return _show(request, form, school, by_ent, status=429)
    typed = Typed(**form.cleaned_data)
    kind, learner = recognise_in_school(establishment=school, typed=typed)
    guessed = learner is not None and was_guessed(learner=learner, typed=typed, at=at)
    detached = learner is not None and not guessed and was_detached(learner=learner, at=at)
    if learner is not None and not guessed and not detached:
        make_way(request, learner)
        pending.begin(request, learner=learner, how=How.NAMES, identity=by_ent, at=at)
        return redirect("attachments:confirm")
    throttle.failed(throttle.school_key(school.pk), _own_key(request), at=at)
    note_failed_try(establishment=school, typed=typed, at=at)
    reason = "guessed" if guessed else "detached" if detached else kind.value
    call_for_help(request, school, typed=typed, reason=reason, at=at)
    request.session[HELP_IDENTITY_KEY] = by_ent
    return redirect("attachments:waiting")


@require_safe
@pupil_page
def waiting(request: HttpRequest) -> HttpResponse:
    """The help code, until staff answer; htmx asks every five seconds, « Continuer » does without it."""
    asked = _help_of(request)
    if asked is None:
        raise pending.StartAgain
    if asked.state == HelpState.ACCEPTED and asked.learner is not None and asked.decided_at is not None:
        at = now()
        if at - asked.decided_at > YES_LASTS:
            raise pending.StartAgain
        make_way(request, asked.learner)
        by_ent = request.session.get(HELP_IDENTITY_KEY, "")
        pending.begin(
            request, learner=asked.learner, how=How.STAFF, help_request=asked, identity=by_ent, at=at
        )
        request.session[HELP_KEY] = asked.pk
        return _go(request, "attachments:confirm")
    if asked.state == HelpState.SETTLED:
        raise pending.StartAgain
    if by_htmx(request) and asked.state == HelpState.WAITING:
        return HttpResponse(status=204)
    if by_htmx(request):
        return _go(request, "attachments:waiting")
    facts = {"asked": asked, "school": asked.establishment, "refused": asked.state == HelpState.REFUSED}
    return render(request, "attachments/waiting.html", facts)


@require_safe
def lost(request: HttpRequest) -> HttpResponse:
    """Three questions, one at a time, that reveal nothing; each yes is a door, three noes a help code."""
    question = request.GET.get("question", "1")
    if question not in {"1", "2", "3", "4"}:
        question = "1"
    school = school_of(request)
    facts = {
        "question": question,
        "next": str(int(question) + 1),
        "yes": YESES.get(question),
        "school": school,
    }
    return render(request, "attachments/lost.html", facts)


@require_POST
def lost_help(request: HttpRequest) -> HttpResponse:
    """A help code for whoever has neither card nor code nor identifier, without a name."""
    school = school_of(request)
    if school is None:
        return redirect("attachments:lost")
    at = now()
    if _help_of(request) is None:
        # One more call in the school's list: whoever empties their browser to make a thousand is slowed down.
        if throttle.delay_left(throttle.school_key(school.pk), at=at):
            messages.warning(request, "Beaucoup d’élèves demandent de l’aide : attends une minute.")
            return redirect("attachments:lost")
        throttle.failed(throttle.school_key(school.pk), at=at)
    call_for_help(request, school, typed=None, reason="lost", at=at)
    tell(pending.whose(request), Stumble.FORGOTTEN, at=at)
    return redirect("attachments:waiting")


def call_for_help(
    request: HttpRequest, school: Establishment, *, typed: Typed | None, reason: str, at: datetime
) -> HelpRequest:
    """Open a call for help, or bring this browser's open one up to date."""
    asked = ask_for_help(
        establishment=school,
        typed=typed,
        reason=reason,
        account=request.user if isinstance(request.user, Account) else None,
        waiting=_help_of(request),
        rng=RANDOM,
        at=at,
    )
    request.session[HELP_KEY] = asked.pk
    return asked


def _help_of(request: HttpRequest) -> HelpRequest | None:
    asked = request.session.get(HELP_KEY)
    rows = HelpRequest.objects.select_related("establishment", "learner__establishment")
    return rows.filter(pk=asked).first() if asked else None


def _ent_key(request: HttpRequest, *, at: datetime) -> str:
    """The key of the ENT identity whose page led here, if it still waits; its school becomes that of the visit."""
    asked = request.POST.get("ent") or request.GET.get("ent") or ""
    try:
        here = arriving(request, at=at, key=asked)
    except IdentityOver:
        return ""
    chosen = [school for school in here.schools if school.uai == request.GET.get("uai")]
    if chosen:
        arrival.remember(request, establishment_id=chosen[0].pk)
    return here.waiting.key


def _own_key(request: HttpRequest) -> str:
    """The throttle's key of this browser: an Arrival was read from its session, which thus has a key."""
    return throttle.account_key(f"{request.session.session_key}:find")


def _typed_before(asked: HelpRequest | None) -> dict[str, str]:
    """What was typed last time, so that one letter can be corrected."""
    if asked is None or asked.state != HelpState.WAITING or asked.typed_birth_date is None:
        return {}
    return {
        "last_name": asked.typed_last_name,
        "first_name": asked.typed_first_name,
        "birth_date": asked.typed_birth_date.strftime("%d/%m/%Y"),
    }


def _show(
    request: HttpRequest, form: FindForm, school: Establishment, by_ent: str, *, status: int | None = None
) -> HttpResponse:
    facts = {"form": form, "school": school, "by_ent": by_ent}
    return render(request, "attachments/find.html", facts, status=status or (422 if form.errors else 200))


def _go(request: HttpRequest, url_name: str) -> HttpResponse:
    answer = redirect(url_name)
    return HttpResponseClientRedirect(reverse(url_name)) if by_htmx(request) else answer
