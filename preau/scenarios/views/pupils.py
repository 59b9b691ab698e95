"""The Élèves tab: find pupils, choose any set of them, act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from preau.accounts.models import ConnectionMode
from preau.attachments.finding import asks_for_help
from preau.attachments.models import Attachment
from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts.actions import new_token, read_batch, seal
from preau.handouts.errands import LARGE, do_deed
from preau.handouts.models import Deed
from preau.handouts.views.batches import prepared_page
from preau.handouts.views.errands import send_errand
from preau.rosters.class_order import class_rank
from preau.rosters.models import ImportState, Learner, LearnerQuerySet, RosterImport
from preau.scenarios.chosen import chosen_learners, effects_on, foretell
from preau.scenarios.export import pupils_csv
from preau.scenarios.facts import around, with_facts
from preau.scenarios.people import (
    MODES,
    SITUATIONS,
    STATUSES,
    STEPS,
    WHOS,
    Filters,
    Found,
    divisions_reached,
    find,
    rows_of,
)
from preau.scenarios.views.leaflets import show_leaflets
from preau.web.paging import page_of
from preau.web.refusals import Refusal

MOST_CHOSEN = 10_000


@staff_page
@require_GET
def pupils(request: HttpRequest, uai: str) -> HttpResponse:
    """The list, its filters and its actions; htmx takes the list out of this same page."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    filters = Filters.read(request.GET)
    reached = Learner.objects.reached_by(membership)
    found = find(filters, reached, school=membership.establishment, at=at)
    asking = asks_for_help(filters.text, school=membership.establishment, at=at)
    if asking and not found.count:  # nobody has such a name: a code read aloud by a pupil
        return _to_the_case(request, uai, asking)
    page = page_of(request, found.learners.select_related("division"), count=found.count)
    rows = rows_of(page.object_list, found.known)
    divisions = divisions_reached(membership)
    context = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "choosable": any(row.present for row in rows),
        "divisions": sorted(divisions, key=lambda division: class_rank(division.name)),
        "modes_offered": MODES,
        "statuses": STATUSES,
        **_next_steps(found),
        "token": new_token(),
        "covered": bool(
            found.known.seen_classes or membership.establishment.target_mode == ConnectionMode.MEDIACENTRE
        ),
        "asking": asking,
        "nobody": filters.empty and not page.paginator.count and not reached.exists(),
        "classless": not membership.runs and not divisions,
        **_headline(reached, membership),
    }
    return render(request, "scenarios/pupils.html", context)


def _to_the_case(request: HttpRequest, uai: str, code: str) -> HttpResponse:
    """The call for help that has this code."""
    address = f"{reverse('attachments:help_requests', args=[uai])}?{urlencode({'code': code})}"
    return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else redirect(address)


def _next_steps(found: Found) -> dict[str, object]:
    """The filters of the diagnosis, each choice with the number of pupils it would leave."""

    def offered(labels: dict[str, str], asked: str, counts: dict[str, int]) -> list[tuple[str, str, int]]:
        return [
            (key, label, counts.get(key, 0)) for key, label in labels.items() if key == asked or key in counts
        ]

    filters = found.filters
    whos = found.choices("who", lambda group: group.diagnosis.who.key)
    steps = found.choices("step", lambda group: group.diagnosis.step.key)
    situations = found.choices("situation", lambda group: group.diagnosis.situation.key)
    return {
        "whos": [
            (*choice, replace(filters, who=choice[0]).query) for choice in offered(WHOS, filters.who, whos)
        ],
        "everybody": (sum(whos.values()), replace(filters, who="").query),
        "steps": offered(STEPS, filters.step, steps),
        "situations": offered(SITUATIONS, filters.situation, situations),
    }


def _headline(reached: LearnerQuerySet, membership: Membership) -> dict[str, object]:
    """The line of facts under the title: two queries."""
    entry = Attachment.objects.active().filter(learner=OuterRef("pk"))
    figures = reached.present().aggregate(
        present=Count("pk"), unattached=Count("pk", filter=~Q(Exists(entry)))
    )
    applied = RosterImport.objects.filter(
        establishment=membership.establishment_id, state=ImportState.APPLIED
    ).order_by("-applied_at")
    return {**figures, "applied_at": applied.values_list("applied_at", flat=True).first()}


@staff_page
@require_GET
def ids(request: HttpRequest, uai: str) -> HttpResponse:
    """The numbers of all pupils of the search, for « choisir les 337 »."""
    membership = access.member(request.user, uai=uai)
    found = _search(membership, request.GET, at=timezone.now())
    return JsonResponse(list(found.learners.values_list("pk", flat=True)[:MOST_CHOSEN]), safe=False)


def _search(membership: Membership, data: QueryDict, *, at: datetime) -> Found:
    reached = Learner.objects.reached_by(membership)
    return find(Filters.read(data), reached, school=membership.establishment, at=at)


@staff_page
@require_POST
def effects(request: HttpRequest, uai: str) -> HttpResponse:
    """What each action would touch among the chosen pupils: words for the selection bar."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    counted = effects_on(chosen_learners(membership, request.POST, at=at), at=at)
    return render(request, "scenarios/_effects.html", {"effects": counted})


@staff_page
@require_POST
def act(request: HttpRequest, uai: str) -> HttpResponse:
    """Do what was asked to the chosen pupils; a large set is counted on a page of its own first."""
    membership, at = access.member(request.user, uai=uai), timezone.now()
    chosen, action = chosen_learners(membership, request.POST, at=at), request.POST.get("action", "")
    if action not in {*Deed.values, *PAPERS} or not chosen.exists():
        messages.warning(request, "Cochez d’abord au moins un élève, puis choisissez une action.")
        return redirect(_back(request, uai))
    try:
        if action in PAPERS:
            return PAPERS[action](request, membership, chosen)
        return _deed(request, membership, Deed(action), chosen, at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(_back(request, uai))


def _deed(
    request: HttpRequest, membership: Membership, deed: Deed, chosen: LearnerQuerySet, at: datetime
) -> HttpResponse:
    ids = list(chosen.order_by("pk").values_list("pk", flat=True))
    if len(ids) > LARGE:
        if request.POST.get("sure") != "1":
            return _sure(request, deed, chosen, ids, at)
        return send_errand(request, membership, deed=deed, chosen=ids, at=at)
    token = request.POST.get("token", "")
    sealed = seal(token, count=len(ids))
    done = do_deed(deed=deed, membership=membership, chosen=ids, sealed=sealed, at=at)
    if done.batch is not None:
        return prepared_page(request, read_batch(membership=membership, token=token), token)
    messages.success(request, done.words)
    return redirect(_back(request, membership.establishment.uai))


def _sure(
    request: HttpRequest, deed: Deed, chosen: LearnerQuerySet, ids: list[int], at: datetime
) -> HttpResponse:
    """What a deed will and will not touch, before it is done to many."""
    context = {
        "deed": deed,
        "count": len(ids),
        "foretold": foretell(deed, effects_on(chosen, at=at)),
        "ids": ",".join(map(str, ids)),
        "token": request.POST.get("token", ""),
        "filters": Filters.read(request.POST),
    }
    return render(request, "scenarios/sure.html", context)


def _csv(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    at = timezone.now()
    known = around(membership.establishment, at=at)
    rows = rows_of(with_facts(chosen, known).select_related("division"), known)
    record(
        verb="eleves-exportes",
        at=at,
        by=membership.account,
        uai=membership.establishment.uai,
        pupils=len(rows),
    )
    response = HttpResponse(pupils_csv(rows), content_type="text/csv; charset=utf-8")
    day = timezone.localdate(at).isoformat()
    response["Content-Disposition"] = (
        f'attachment; filename="eleves-{membership.establishment.uai}-{day}.csv"'
    )
    return response


PAPERS: dict[str, Callable[[HttpRequest, Membership, LearnerQuerySet], HttpResponse]] = {
    "feuilles": show_leaflets,
    "csv": _csv,
}


@staff_page
@require_POST
def export(request: HttpRequest, uai: str) -> HttpResponse:
    """The whole search as a file."""
    membership = access.member(request.user, uai=uai)
    whole_search = request.POST.copy()
    whole_search["all"] = "1"
    return _csv(request, membership, chosen_learners(membership, whole_search, at=timezone.now()))


def _back(request: HttpRequest, uai: str) -> str:
    """The list as it was searched."""
    query = Filters.read(request.POST).query
    return reverse("scenarios:pupils", args=[uai]) + (f"?{query}" if query else "")
