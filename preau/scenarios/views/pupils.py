"""The Élèves tab: find pupils, choose any set of them, act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from preau.accounts.models import ConnectionMode
from preau.attachments.actions import convert_mails, give_usernames
from preau.attachments.models import Attachment
from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.handouts.actions import new_token, prepare_batch
from preau.handouts.views import prepared_page
from preau.rosters.class_order import class_rank
from preau.rosters.models import ImportState, Learner, LearnerQuerySet, RosterImport
from preau.scenarios.chosen import chosen_learners, effects_on, still_closed, with_account
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
        "nobody": filters.empty and not page.paginator.count and not reached.exists(),
        "classless": not membership.runs and not divisions,
        **_headline(reached, membership),
    }
    return render(request, "scenarios/pupils.html", context)


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
    """Do what was asked to the chosen pupils."""
    membership = access.member(request.user, uai=uai)
    chosen = chosen_learners(membership, request.POST, at=timezone.now())
    deed = DEEDS.get(request.POST.get("action", ""))
    if deed is None or not chosen.exists():
        messages.warning(request, "Cochez d’abord au moins un élève, puis choisissez une action.")
        return redirect(_back(request, uai))
    try:
        return deed(request, membership, chosen)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(_back(request, uai))


def _cards(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    token = request.POST.get("token", "")
    prepared = prepare_batch(
        membership=membership,
        learners=list(chosen.present()),
        token=token,
        by=membership.account,
        at=timezone.now(),
    )
    return prepared_page(request, prepared, token)


def _codes(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    return _cards(request, membership, with_account(chosen))


def _usernames(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    given = give_usernames(learners=list(chosen), by=membership.account, at=timezone.now())
    count = len(given.given)
    words = [f"{count} identifiant{'s' if count > 1 else ''} donné{'s' if count > 1 else ''}"]
    if given.had:
        words.append(f"{given.had} en {'avaient' if given.had > 1 else 'avait'} déjà un")
    if given.left:
        words.append(f"{given.left} {'sont partis' if given.left > 1 else 'est parti'}")
    then = " Une carte leur permettra d’entrer." if count else ""
    messages.success(request, f"{' ; '.join(words)}.{then}")
    return redirect(_back(request, membership.establishment.uai))


@transaction.atomic
def _usernames_and_cards(
    request: HttpRequest, membership: Membership, chosen: LearnerQuerySet
) -> HttpResponse:
    """An identifier for whoever has none, and the card that lets them choose its password: whole or not at all."""
    give_usernames(learners=list(chosen), by=membership.account, at=timezone.now())
    return _cards(request, membership, still_closed(chosen))


def _mails(request: HttpRequest, membership: Membership, chosen: LearnerQuerySet) -> HttpResponse:
    done = convert_mails(learners=list(chosen), by=membership.account, at=timezone.now())
    count = len(done.converted)
    words = [
        f"{count} adresse{'s' if count > 1 else ''} remplacée{'s' if count > 1 else ''} par un identifiant"
    ]
    reasons = (
        (done.old_enough, "a 15 ans et garde la sienne", "ont 15 ans et gardent la leur"),
        (done.undated, "n’a pas de date de naissance", "n’ont pas de date de naissance"),
        (done.without, "n’a pas d’adresse", "n’ont pas d’adresse"),
        (done.left, "est parti", "sont partis"),
    )
    words += [f"{number} {many if number > 1 else one}" for number, one, many in reasons if number]
    then = " Compte, mot de passe et parcours restent." if count else ""
    messages.success(request, f"{' ; '.join(words)}.{then}")
    return redirect(_back(request, membership.establishment.uai))


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


DEEDS: dict[str, Callable[[HttpRequest, Membership, LearnerQuerySet], HttpResponse]] = {
    "cartes": _cards,
    "codes": _codes,
    "identifiants": _usernames,
    "identifiants-cartes": _usernames_and_cards,
    "mails": _mails,
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
