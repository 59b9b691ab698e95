"""Accueil rentrée: one number, three things to do, a line per class."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from preau.accounts.models import ConnectionMode
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.handouts.actions import new_token
from preau.rosters.calendar import is_outdated
from preau.scenarios.dashboard import class_lines, deeds_now, last_applied, whole
from preau.scenarios.facts import around


@staff_page
@require_GET
def home(request: HttpRequest, uai: str) -> HttpResponse:
    """Where the rentrée is."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    lines = class_lines(membership, at=at)
    applied = last_applied(membership)
    sees_mediacentre = membership.establishment.target_mode == ConnectionMode.MEDIACENTRE
    shown = around(membership.establishment, at=at).seen_classes if sees_mediacentre else None
    context = {
        "lines": lines,
        "whole": whole(lines),
        "applied": applied,
        "deeds": [(deed, new_token()) for deed in deeds_now(membership, lines, applied, shown)],
        "sees_mediacentre": sees_mediacentre,
        "shown": shown or (),
        "classes_seen": sum(1 for line in lines if line.seen or line.division_id in (shown or ())),
        "classless": not membership.runs and not lines and not membership.divisions.exists(),
        "outdated": membership.runs and is_outdated(applied, today=timezone.localdate(at)),
        "now": at,
    }
    return render(request, "scenarios/home.html", context)
