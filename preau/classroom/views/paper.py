"""What a teacher prints: the list for a day without network, the numbers of the projected board."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from preau.classroom import access as lessons
from preau.classroom.reading import board_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.rosters.models import Learner
from preau.scenarios.facts import around, with_facts
from preau.scenarios.people import rows_of


@staff_page
@require_GET
def paper_list(request: HttpRequest, uai: str, division: int) -> HttpResponse:
    """Each pupil of the class and what they need, for a lesson where the ENT or the network is down."""
    membership = access.member(request.user, uai=uai)
    chosen, at = lessons.division_of(membership, division), timezone.now()
    known = around(membership.establishment, at=at)
    pupils = with_facts(Learner.objects.present().filter(division=chosen).in_list_order(), known)
    rows = rows_of(pupils.select_related("division"), known)
    facts = {"division": chosen, "rows": rows, "now": at}
    return render(request, "classroom/paper.html", facts)


@staff_page
@require_GET
def numbers(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Who has which number on the wall; printed for the class, never projected."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    facts = {"lesson": lesson, "board": board_of(lesson, at=timezone.now())}
    return render(request, "classroom/numbers.html", facts)
