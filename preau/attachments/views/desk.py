"""The desk of two accounts: compare, ask, confirm, undo. For whoever runs the school."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from preau.accounts.models import Account
from preau.attachments import actions, desk
from preau.attachments.duplicates import Pair, Why
from preau.attachments.merges import Merge, MergeState, SetAside
from preau.attachments.views.former_schools import newcomers_of
from preau.establishments import access
from preau.establishments.models import Membership
from preau.rosters.models import Learner
from preau.web.paging import page_of
from preau.web.refusals import refusals_said

VIEWS = {"ailleurs": "elsewhere", "tranches": "decided"}


@require_safe
@access.staff_page
def show(request: HttpRequest, uai: str) -> HttpResponse:
    """Two accounts for a pupil, side by side; what goes on between schools; what was decided."""
    membership = access.runner(request.user, uai=uai)
    school, at = membership.establishment, timezone.now()
    asked = request.GET.get("eleve", "")
    one = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    pairs = desk.open_pairs(school, at=at, learner=one)
    view = VIEWS.get(request.GET.get("vue", ""), "accounts")
    facts: dict[str, object] = {
        "view": view,
        "counts": desk.counts_of(school, accounts=len(pairs), at=at),
        "one": one,
        "mine": membership.account,
    }
    if view == "elsewhere":
        facts |= {"received": desk.received(school, at=at), "doubtful": desk.doubtful_pupils(school)}
        facts |= newcomers_of(request, membership, at=at)
    elif view == "decided":
        merges, asides = desk.decided(school, at=at)
        undoable = {row.pk for row in merges if row.state == MergeState.DONE and (row.undo_until or at) > at}
        facts |= {"merges": merges, "asides": asides, "undoable": undoable}
        facts["first_times"] = desk.first_times(school, at=at)
    else:
        page = page_of(request, pairs, size=10)
        items = desk.items_of(school, list(page), at=at)
        facts |= {"page": page, "items": items, "alone": desk.runs_alone(school)}
    return render(request, "attachments/desk.html", facts)


@require_POST
@access.staff_page
def decide(request: HttpRequest, uai: str, learner: int) -> HttpResponse:
    """Ask to merge in one direction, say that they are two, or leave it for later."""
    membership = access.runner(request.user, uai=uai)
    pupil = _pupil(membership, learner)
    at, by = timezone.now(), membership.account
    deed, pair = request.POST.get("geste", ""), _pair_shown(request, membership, pupil)
    if pair is None:
        messages.warning(request, "Ce cas vient de changer : regardez-le de nouveau. Rien n’a été fait.")
        return redirect("attachments:desk", uai=uai)
    with refusals_said(request):
        if deed in {"deux", "plus-tard"}:
            later = deed == "plus-tard"
            actions.set_aside(learner=pupil, accounts=pair.key, later=later, by=by, at=at)
            said = "revient dans 7 jours" if later else "ne reviendra plus ; annulable dans « Déjà tranchés »"
            messages.success(request, f"C’est noté : {pupil.display_name} {said}.")
        elif deed in {"premier", "second"} and pair.shown and pair.first != pair.second:
            kept, joined = pair.key if deed == "premier" else pair.key[::-1]
            both = Account.objects.in_bulk(pair.key)
            actions.ask_merge(learner=pupil, kept=both[kept], joined=both[joined], by=by, at=at)
            messages.success(
                request,
                f"Demande faite pour {pupil.display_name} : une deuxième personne a 7 jours pour la confirmer.",
            )
        else:
            raise Http404
    return redirect("attachments:desk", uai=uai)


def _pair_shown(request: HttpRequest, membership: Membership, pupil: Learner) -> Pair | None:
    """The pair that the page was made for, if it still waits: a page left open decides about nothing else."""
    wanted = request.POST.get("paire", "")
    pairs = desk.open_pairs(membership.establishment, at=timezone.now(), learner=pupil.pk)
    found = [pair for pair in pairs if "{}-{}".format(*pair.key) == wanted and pair.why is not Why.ASKED]
    return found[0] if found else None


@require_POST
@access.staff_page
def answer(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Confirm, refuse, or take one's own request back."""
    membership = access.runner(request.user, uai=uai)
    merge = _merge(membership, pk)
    deeds: dict[str, Callable[..., Merge]] = {
        "confirmer": actions.confirm_merge,
        "refuser": actions.refuse_merge,
        "retirer": actions.refuse_merge,
    }
    deed = deeds.get(request.POST.get("geste", ""))
    if deed is None:
        raise Http404
    with refusals_said(request):
        done = deed(merge=merge, by=membership.account, at=timezone.now())
        name = done.learner.display_name
        words = {
            MergeState.DONE: f"Les deux comptes de {name} sont réunis. Annulable pendant 30 jours.",
            MergeState.REFUSED: f"Demande refusée : rien ne change pour {name}.",
            MergeState.WITHDRAWN: f"Demande retirée : rien ne change pour {name}.",
        }
        messages.success(request, words[MergeState(done.state)])
    return redirect("attachments:desk", uai=uai)


@require_POST
@access.staff_page
def undo(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Put two accounts back as they were."""
    membership = access.runner(request.user, uai=uai)
    merge = _merge(membership, pk)
    with refusals_said(request):
        actions.undo_merge(merge=merge, by=membership.account, at=timezone.now())
        messages.success(
            request, f"La réunion est annulée : {merge.learner.display_name} a de nouveau deux comptes."
        )
    return _to_decided(uai)


@require_POST
@access.staff_page
def bring_back(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """A pair that was set aside comes back to the list."""
    membership = access.runner(request.user, uai=uai)
    asides = SetAside.objects.select_related("learner__establishment")
    aside = get_object_or_404(asides, pk=pk, establishment=membership.establishment)
    actions.bring_back(aside=aside, by=membership.account, at=timezone.now())
    messages.success(request, f"{aside.learner.display_name} est de nouveau à trancher.")
    return redirect("attachments:desk", uai=uai)


def _to_decided(uai: str) -> HttpResponse:
    answer = redirect("attachments:desk", uai=uai)
    answer["Location"] += "?vue=tranches"
    return answer


def _pupil(membership: Membership, pk: int) -> Learner:
    return get_object_or_404(Learner.objects.reached_by(membership).select_related("establishment"), pk=pk)


def _merge(membership: Membership, pk: int) -> Merge:
    rows = Merge.objects.select_related("learner__establishment", "kept", "joined")
    return get_object_or_404(rows, pk=pk, establishment=membership.establishment)
