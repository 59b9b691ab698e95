"""The page of one pupil: the next step and why, the ways in, what happened, who they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from preau.accounts import throttle
from preau.accounts.actions import end_sessions
from preau.accounts.age import fifteenth_birthday
from preau.accounts.models import Account
from preau.attachments.actions import give_usernames
from preau.attachments.actions.attach import UNDO_WITHIN
from preau.attachments.models import Attachment, Card
from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts.actions import new_token
from preau.rosters.models import Learner, LearnerStatus
from preau.scenarios.diagnosis import diagnose
from preau.scenarios.facts import around, facts_of
from preau.scenarios.people import entries_of
from preau.scenarios.story import events_of, reasons_for

HIDDEN = {"naissance": "date de naissance", "ine": "INE"}


@staff_page
@require_GET
def pupil(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """One pupil."""
    membership = access.member(request.user, uai=uai)
    return _page(request, membership, _reached(membership, learner))


@staff_page
@require_POST
def reveal(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Show a birth date or an INE, and write in the journal who asked."""
    membership = access.member(request.user, uai=uai)
    found = _reached(membership, learner)
    what = request.POST.get("donnee", "")
    if what not in HIDDEN or (what == "ine" and not membership.runs):
        raise Http404
    _write_down(membership, found, verb="donnee-montree", what=HIDDEN[what])
    if request.headers.get("HX-Request") == "true":
        return render(request, "scenarios/_hidden.html", {"learner": found, "what": what, "shown": what})
    return _page(request, membership, found, shown=what)


@staff_page
@require_POST
def unblock(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Forget the wrong passwords typed on this pupil's account."""
    membership = access.member(request.user, uai=uai)
    found = _reached(membership, learner)
    entry = _entry(found)
    if entry is None:
        raise Http404
    throttle.cleared(*_keys(entry.account))
    _write_down(membership, found, verb="eleve-debloque")
    messages.success(request, f"{found.display_name} peut réessayer tout de suite.")
    return redirect("scenarios:pupil", uai, found.pk)


@staff_page
@require_POST
def sign_out(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Close this pupil's account wherever it is open: a computer left open, a password that was seen."""
    membership = access.member(request.user, uai=uai)
    found = _reached(membership, learner)
    entry = _entry(found)
    if entry is None:
        raise Http404
    ended = end_sessions(accounts=[entry.account_id])
    _write_down(membership, found, verb="eleve-deconnecte", count=ended)
    if ended:
        messages.success(request, f"C’est fait : {found.display_name} n’est plus connecté·e nulle part.")
    else:
        messages.success(request, f"{found.display_name} n’était connecté·e nulle part.")
    return redirect("scenarios:pupil", uai, found.pk)


@staff_page
@require_POST
def give_username(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Give this pupil an identifier."""
    membership = access.member(request.user, uai=uai)
    found = _reached(membership, learner)
    given = give_usernames(learners=[found], by=membership.account, at=timezone.now())
    if given.given:
        messages.success(
            request, f"Identifiant donné : {given.given[0][1].username}. Une carte lui permettra d’entrer."
        )
    else:
        messages.warning(
            request, "Rien n’a changé : cet élève a déjà un identifiant, ou a quitté l’établissement."
        )
    return redirect("scenarios:pupil", uai, found.pk)


def _write_down(membership: Membership, learner: Learner, *, verb: str, **details: Any) -> None:
    """The journal's line of what an adult did on this pupil's page."""
    record(
        verb=verb,
        at=timezone.now(),
        by=membership.account,
        uai=membership.establishment.uai,
        about=learner.display_name,
        learner_id=learner.pk,
        **details,
    )


def _reached(membership: Membership, pk: int) -> Learner:
    """A pupil this person may see; a teacher, only those of their classes."""
    if pk > 2**63 - 1:
        raise Http404
    return get_object_or_404(Learner.objects.reached_by(membership).select_related("division"), pk=pk)


def _page(request: HttpRequest, membership: Membership, learner: Learner, *, shown: str = "") -> HttpResponse:
    at, school = timezone.now(), membership.establishment
    entry = _entry(learner)
    cards = list(Card.objects.filter(learner=learner).order_by("-made_at", "-pk")[:1])
    card = cards[0] if cards else None
    valid = card is not None and card.used_at is None and card.voided_at is None and card.expires_at > at
    facts = facts_of(learner, around(school, at=at))
    diagnosis = diagnose(facts)
    now = timezone.localtime(at)
    context = {
        "learner": learner,
        "entry": entry,
        "account": entry.account if entry else None,
        "present": learner.status == LearnerStatus.PRESENT,
        "held": facts.held,
        "diagnosis": diagnosis,
        "step": diagnosis.step,
        "reasons": reasons_for(facts, learner=learner, entry=entry, card=card, now=now)
        if learner.status == LearnerStatus.PRESENT
        else [],
        "card": card,
        "card_valid": valid,
        "events": events_of(learner, uai=school.uai),
        "undoable": None if entry or learner.status != LearnerStatus.PRESENT else _undoable(learner, at),
        "slowed": entry is not None and bool(throttle.delay_left(*_keys(entry.account), at=at)),
        "mail_from": fifteenth_birthday(learner.birth_date) if learner.birth_date else None,
        "today": now.date(),
        "shown": shown,
        "token": new_token(),
    }
    return render(request, "scenarios/pupil.html", context)


def _entry(learner: Learner) -> Attachment | None:
    """The attachment that lets this pupil in."""
    return next(iter(entries_of([learner.pk])), None)


def _undoable(learner: Learner, at: datetime) -> Attachment | None:
    ended = Attachment.objects.filter(learner=learner, ended_at__gte=at - UNDO_WITHIN)
    return ended.select_related("account").order_by("-ended_at").first()


def _keys(account: Account) -> list[str]:
    return [throttle.account_key(name) for name in (account.username, account.email) if name]
