"""The page of the rentrée calendar, and what other pages say of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Establishment
from preau.rosters import actions
from preau.rosters.actions.apply_import import frozen_facts
from preau.rosters.calendar import CalendarMode, calendar_of, is_outdated
from preau.rosters.hand_forms import CalendarForm
from preau.rosters.models import ImportState, RosterImport


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, uai: str) -> HttpResponse:
    """Choose what imports may change these days."""
    membership = access.runner(request.user, uai=uai)
    chosen, at = calendar_of(membership.establishment), timezone.now()
    names = ("mode", "since", "until", "reason")
    kept = {name: getattr(chosen, name) for name in names} if chosen else {"mode": CalendarMode.NORMAL}
    form = CalendarForm(request.POST or None, initial=kept)
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.set_calendar(
                establishment=membership.establishment,
                mode=CalendarMode(said["mode"]),
                since=said["since"],
                until=said["until"],
                reason=said["reason"].strip(),
                by=membership.account,
                at=at,
            )
        except actions.DaysInDisorder as refusal:
            form.add_error("until", refusal.message)
        else:
            messages.success(request, "Calendrier de rentrée enregistré.")
            return redirect("rosters:imports", uai)
    return render(request, "rosters/calendar.html", {"form": form, "chosen": chosen})


def desk_facts(establishment: Establishment, *, at: datetime) -> dict[str, object]:
    """What the Import page says of the calendar: today's mode, who chose it, whether the last file is old."""
    today = timezone.localdate(at)
    chosen = calendar_of(establishment)
    applied = establishment.imports.filter(state=ImportState.APPLIED).defer("problems")
    last = applied.order_by("-applied_at").first()
    return {
        "calendar": chosen,
        "calendar_mode": (chosen.mode_on(today) if chosen else CalendarMode.NORMAL).value,
        "outdated": last if is_outdated(last, today=today) else None,
    }


def decision_facts(roster_import: RosterImport, *, at: datetime) -> dict[str, object]:
    """Why this preview cannot be applied today, in a sentence; an empty one when it can."""
    chosen = calendar_of(roster_import.establishment)
    mode = chosen.mode_on(timezone.localdate(at)) if chosen else CalendarMode.NORMAL
    if chosen is not None and mode == CalendarMode.FROZEN:
        return {"closed": actions.Frozen(**frozen_facts(chosen)).message}
    if mode == CalendarMode.ADDITIONS and roster_import.departures:
        return {"closed": actions.DeparturesHeld.message}
    return {"closed": ""}
