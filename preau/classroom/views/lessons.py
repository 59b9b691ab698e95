"""The lessons of a school: open one, close it, sign its class out; those of before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from preau.classroom import access as lessons
from preau.classroom import actions
from preau.classroom.models import Session
from preau.classroom.reading import board_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.rosters.class_order import class_rank
from preau.scenarios.people import divisions_reached
from preau.web.paging import page_of
from preau.web.refusals import Refusal

HISTORY = 20


@staff_page
@require_GET
def sessions(request: HttpRequest, uai: str) -> HttpResponse:
    """The classes, each with its button; then the lessons that are over."""
    membership = access.member(request.user, uai=uai)
    at = timezone.now()
    reached = Session.objects.reached_by(membership).select_related("division", "opened_by")
    running = {one.division_id: one for one in reached.running(at)}
    divisions = sorted(divisions_reached(membership), key=lambda one: class_rank(one.name))
    page = page_of(request, reached.exclude(pk__in=[one.pk for one in running.values()]), size=HISTORY)
    context = {
        "classes": [(division, running.get(division.pk)) for division in divisions],
        "running": list(running.values()),
        "lengths": [(minutes, _length_words(minutes)) for minutes in actions.LENGTHS],
        "usual": actions.USUAL,
        "page": page,
    }
    return render(request, "classroom/sessions.html", context)


@staff_page
@require_POST
def open_lesson(request: HttpRequest, uai: str) -> HttpResponse:
    """One button: a lesson for this class, or the one that is running."""
    membership = access.member(request.user, uai=uai)
    division = lessons.division_of(membership, _number(request.POST.get("division", "")))
    minutes = _number(request.POST.get("minutes", "")) or actions.USUAL
    lesson = actions.open_session(
        division=division, minutes=minutes, by=membership.account, at=timezone.now()
    )
    return redirect("classroom:board", uai, lesson.pk)


@staff_page
@require_POST
def close_lesson(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Close it before its time; the class is signed out."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    ended = actions.close_session(session=lesson, by=membership.account, at=timezone.now())
    if ended is None:
        messages.warning(request, actions.LessonOver.message)
    else:
        messages.success(request, f"Séance fermée. {_signed_out_words(ended)}")
    return redirect("classroom:board", uai, lesson.pk)


@staff_page
@require_POST
def prolong(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Ten minutes more."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    try:
        actions.prolong_session(session=lesson, by=membership.account, at=timezone.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
    return redirect("classroom:board", uai, lesson.pk)


@staff_page
@require_http_methods(["GET", "POST"])
def sign_out_class(request: HttpRequest, uai: str, pk: int) -> HttpResponse:
    """Ask, then sign out whoever of the class entered during the lesson."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    at = timezone.now()
    if request.method == "GET":
        facts = {"lesson": lesson, "board": board_of(lesson, at=at), "running": lesson.is_running(at)}
        return render(request, "classroom/sign_out.html", facts)
    ended = actions.sign_everyone_out(session=lesson, by=membership.account, at=at)
    messages.success(request, _signed_out_words(ended))
    return redirect("classroom:board", uai, lesson.pk)


def _signed_out_words(ended: int) -> str:
    if not ended:
        return "Aucun élève n’avait de session ouverte."
    return f"{ended} élève{'s' if ended > 1 else ''} déconnecté{'s' if ended > 1 else ''}."


def _length_words(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def _number(typed: str) -> int:
    """A number of a form; zero for anything else, which no row has."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
