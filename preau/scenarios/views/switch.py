"""« Et si on changeait ? »: see what another way in would ask of whom, then choose it or not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.accounts.models import ConnectionMode
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.actions import switch_mode
from preau.establishments.models import Membership
from preau.rosters.class_order import class_rank
from preau.rosters.models import Division, Learner
from preau.scenarios.diagnosis import diagnose
from preau.scenarios.facts import around, groups_of, read_facts, with_facts
from preau.scenarios.people import NO_CLASS, Filters
from preau.scenarios.switch import IDLE, Change, asks, by_class, by_who, counted, foresee
from preau.web.paging import page_of
from preau.web.refusals import Refusal


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, uai: str) -> HttpResponse:
    """What it would ask; a POST chooses it."""
    membership = access.runner(request.user, uai=uai)
    if request.method == "POST":
        return _choose(request, membership)
    school, at = membership.establishment, timezone.now()
    target = _target(request.GET.get("vers", ""), school.target_mode)
    known = around(school, at=at)
    present = Learner.objects.filter(establishment=school).present()
    changes = foresee(groups_of(present, known), target)
    names = dict(Division.objects.filter(establishment=school).values_list("pk", "name"))
    context = {
        "target": target,
        "target_label": ConnectionMode(target).label,
        "modes_offered": [mode for mode in ConnectionMode if mode != school.target_mode],
        "pupils": counted(changes, lambda _: True),
        "newly": counted(changes, lambda change: change.newly_asked),
        "asked": counted(changes, lambda change: change.then.diagnosis.who not in IDLE),
        "whos": by_who(changes),
        "asks": asks(changes),
        "classes": sorted(by_class(changes, names), key=lambda line: class_rank(line.name)),
        **_listed(request, changes, known, present),
    }
    return render(request, "scenarios/switch.html", context)


def _listed(request: HttpRequest, changes: list[Change], known: Any, present: Any) -> dict[str, object]:
    """The pupils behind one of the figures, thirty at a time: today's step, and what it would become."""
    asked = Filters.read(request.GET)
    if not (asked.who or asked.situation or asked.step or asked.division):
        return {"page": None}
    target = changes[0].then.facts.target if changes else known.target
    keys = [change.now.key for change in changes if asked.keeps(change.then)]
    found = with_facts(asked.apply(present, school=known.school), known).filter(Q(facts_key__in=set(keys)))
    page = page_of(request, found.select_related("division"))
    rows = [
        (
            learner,
            diagnose(read_facts(learner.facts_key, target=known.target)).step,
            diagnose(read_facts(learner.facts_key, target=target)).step,
        )
        for learner in page.object_list
    ]
    return {"page": page, "rows": rows, "shown": asked, "classless": asked.division == NO_CLASS}


def _target(asked: str, current: str) -> str:
    """The mode to look at: the one asked for, or the one that schools most often wonder about."""
    if asked in ConnectionMode.values and asked != current:
        return asked
    advised = ConnectionMode.MEDIACENTRE
    return ConnectionMode.USERNAME if current == advised else advised


def _choose(request: HttpRequest, membership: Membership) -> HttpResponse:
    before, after = request.POST.get("depuis", ""), request.POST.get("vers", "")
    school = membership.establishment
    if before not in ConnectionMode.values or after not in ConnectionMode.values:
        messages.warning(request, "Choisissez d’abord une façon d’entrer.")
        return redirect("scenarios:switch", school.uai)
    try:
        switch_mode(
            establishment=school, before=before, after=after, by=membership.account, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("scenarios:switch", school.uai)
    messages.success(request, f"C’est fait : on entre maintenant par « {ConnectionMode(after).label} ».")
    return redirect("scenarios:home", school.uai)
