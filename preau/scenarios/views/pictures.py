"""Pictures of the rentrée, each with its table; the head's one page; the same figures for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from preau.audit.actions import record
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.establishments.models import Membership
from preau.scenarios.models import WeeklyDigest
from preau.scenarios.people import NO_CLASS, Filters
from preau.scenarios.pictures import Figures, figures_of
from preau.scenarios.words import Who
from preau.web.spreadsheet import csv_answer

ACTING = [who for who in Who if who is not Who.NOBODY]


@staff_page
@require_safe
def pictures(request: HttpRequest, uai: str) -> HttpResponse:
    """Who came in and when, how, where each pupil is, who takes part."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    figures = figures_of(membership, at=at)
    asked = Filters.read(request.GET).division
    chosen = next((line for line in figures.lines if asked and _key(line.division_id) == asked), None)
    days = figures.days(chosen.division_id if chosen else None, of_class=chosen is not None)
    context = {
        "figures": figures,
        "days": days,
        "points": [day.point for day in days],
        "chosen": chosen,
        "now": at,
    }
    return render(request, "scenarios/pictures.html", context)


def _key(division_id: int | None) -> str:
    return NO_CLASS if division_id is None else str(division_id)


@staff_page
@require_safe
def one_page(request: HttpRequest, uai: str) -> HttpResponse:
    """One number, then few: what a head reads, prints, or receives by mail."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    figures = figures_of(membership, at=at)
    behind = sorted(figures.lines, key=lambda line: (-line.waiting, line.name))
    days = figures.days()
    context = {
        "figures": figures,
        "days": days,
        "points": [day.point for day in days],
        "behind": [line for line in behind if line.waiting][:5],
        "now": at,
        "mailed": WeeklyDigest.objects.filter(membership=membership).exists(),
        "mail_configured": settings.MAIL_CONFIGURED,
    }
    return render(request, "scenarios/one_page.html", context)


@staff_page
@require_safe
def classes_csv(request: HttpRequest, uai: str) -> HttpResponseBase:
    """A line per class: no pupil is named."""
    membership = access.member(request.user, uai=uai)
    figures, at = _exported(membership)
    heading = ["Classe", "Élèves", "Rattachés", "Connectés", "Vus par le Médiacentre"]
    heading += [f"À faire : {who.value}" for who in ACTING]
    return csv_answer(_name("classes", uai, at), heading, _class_rows(figures))


def _class_rows(figures: Figures) -> Iterator[list[object]]:
    for line in figures.lines:
        acting = figures.by_class(line.division_id)
        yield [
            line.name or "Sans classe",
            line.pupils,
            line.attached,
            line.entered,
            line.seen,
            *(acting.get(who, 0) for who in ACTING),
        ]


@staff_page
@require_safe
def days_csv(request: HttpRequest, uai: str) -> HttpResponseBase:
    """A line per day and class on which somebody came in for the first time."""
    membership = access.member(request.user, uai=uai)
    figures, at = _exported(membership)
    names = {line.division_id: line.name for line in figures.lines}
    rows = ((day.isoformat(), names.get(pk) or "Sans classe", count) for day, pk, count in figures.entries)
    return csv_answer(_name("premieres-entrees", uai, at), ("Jour", "Classe", "Premières entrées"), rows)


def _exported(membership: Membership) -> tuple[Figures, datetime]:
    at = timezone.now()
    record(verb="avancement-exporte", at=at, by=membership.account, uai=membership.establishment.uai)
    return figures_of(membership, at=at), at


def _name(what: str, uai: str, at: datetime) -> str:
    return f"{what}-{uai}-{timezone.localdate(at).isoformat()}.csv"
