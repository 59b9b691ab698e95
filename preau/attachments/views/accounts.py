"""Accounts known from elsewhere: whom an import recognises, whom it does not dare to, and the staff's answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from preau.attachments import actions
from preau.attachments.models import Attachment, Doubt, RecognitionRefusal, RecognitionRefusalQuerySet
from preau.attachments.recognition import claims_of, recognise
from preau.establishments import access
from preau.establishments.models import Membership
from preau.rosters.models import ImportState, Learner, RosterImport
from preau.web.paging import page_of

MOST = 200
SHOWN = 8  # in a corner of the page of an import; its own page shows everybody


@dataclass(frozen=True, slots=True)
class Line:
    """One pupil: name, class, why not when there is a doubt."""

    name: str
    division: str
    why: str = ""
    learner_id: int | None = None  # none before the import is applied


@require_safe
@access.staff_page
def import_accounts(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Whom an import recognises or has recognised; a piece of its page for htmx, a page of its own for people.

    Nothing is said of the school where the account was made, not even that it is another one now or before.
    """
    establishment = access.runner(request.user, uai=uai).establishment
    shown = (ImportState.READY, ImportState.APPLIED)
    roster_import = get_object_or_404(establishment.imports.filter(state__in=shown), pk=pk)
    ready = roster_import.state == ImportState.READY
    known, doubts = _foreseen(roster_import) if ready else _done(roster_import)
    context = {"import": roster_import, "ready": ready, "known_count": len(known), "doubts": doubts}
    if getattr(request, "htmx", False):
        context |= {"known": known[:SHOWN], "doubts": doubts[:SHOWN], "doubt_count": len(doubts)}
        return render(request, "attachments/parts/recognised.html", context)
    page = page_of(request, known, size=50)
    return render(request, "attachments/import_accounts.html", {**context, "page": page})


def _foreseen(roster_import: RosterImport) -> tuple[list[Line], list[Line]]:
    """What applying would do, were it done now."""
    found = recognise(claims_of(roster_import))
    known = [Line(claim.name, claim.division or "") for claim in found.known]
    doubts = [Line(claim.name, claim.division or "", doubt.label) for claim, doubt in found.doubts]
    return known, doubts


def _done(roster_import: RosterImport) -> tuple[list[Line], list[Line]]:
    made = Attachment.objects.filter(roster_import=roster_import).select_related("learner__division")
    known = [_line(one.learner) for one in made.order_by("learner__sort_key", "pk")]
    return known, doubts_of(RecognitionRefusal.objects.filter(roster_import=roster_import))


def doubts_of(refusals: RecognitionRefusalQuerySet) -> list[Line]:
    """The pupils whom somebody should look at, among these; the first ones when something is wrong with them all."""
    rows = refusals.waiting().select_related("learner__division").order_by("learner__sort_key", "pk")[:MOST]
    return [_line(one.learner, Doubt(one.reason).label) for one in rows]


def doubts_reached_by(membership: Membership) -> list[Line]:
    """Those that this member of staff may see."""
    reached = Learner.objects.reached_by(membership)
    return doubts_of(RecognitionRefusal.objects.filter(learner__in=reached))


def _line(learner: Learner, why: str = "") -> Line:
    division = learner.division.name if learner.division else ""
    return Line(learner.display_name, division, why, learner.pk)


@require_POST
@access.staff_page
def account_seen(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """« C’est vu »: the pupil leaves the list until an import doubts again."""
    membership = access.member(request.user, uai=uai)
    pupil = get_object_or_404(Learner.objects.reached_by(membership), pk=learner)
    actions.see_doubts(learner=pupil, by=membership.account, at=timezone.now())
    messages.success(request, f"C’est noté pour {pupil.display_name}.")
    return redirect("attachments:help_requests", uai=uai)
