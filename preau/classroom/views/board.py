"""The live board: for the teacher with names, for the wall without."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from preau.classroom import access as lessons
from preau.classroom import actions
from preau.classroom.reading import board_of, version_of
from preau.establishments import access
from preau.establishments.access import staff_page
from preau.handouts.spare import spare_cards

STILL = "fixe"  # in the address: the reader wants a page that does not move


@require_GET
def board(request: HttpRequest, uai: str, pk: int) -> HttpResponseBase:
    """The class, tile by tile; htmx asks for the tiles again, and nearly always hears that nothing changed."""
    return _board(request, uai, pk, "classroom/board.html", "classroom/parts/board.html")


@require_GET
def projector(request: HttpRequest, uai: str, pk: int) -> HttpResponseBase:
    """The same board for the wall: numbers and lights, no name and no reason."""
    return _board(request, uai, pk, "classroom/projector.html", "classroom/parts/wall.html")


def _board(request: HttpRequest, uai: str, pk: int, page: str, part: str) -> HttpResponseBase:
    if _asks_for_tiles(request) and not request.user.is_authenticated:
        return (
            HttpResponseClientRefresh()
        )  # the whole page goes to the sign-in, not the sign-in into the board
    return _shown(request, uai, pk, page, part)


@staff_page
def _shown(request: HttpRequest, uai: str, pk: int, page: str, part: str) -> HttpResponse:
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    at = timezone.now()
    tiles_only = _asks_for_tiles(request)
    if lesson.closed_at is None and not lesson.is_running(at):
        actions.close_due(at=at, pk=lesson.pk)
        lesson.refresh_from_db()
    if tiles_only and not lesson.is_running(at):
        return HttpResponseClientRefresh()
    version = version_of(lesson, at=at)
    etag = f'"{version}"'
    if tiles_only:
        same = get_conditional_response(request, etag=etag)
        if isinstance(same, HttpResponse):
            same["ETag"] = etag
            return same
    whole, running = board_of(lesson, at=at), lesson.is_running(at)
    totals = f"{whole.inside}-{whole.to_help}-{whole.waiting}"
    facts = {
        "lesson": lesson,
        "board": whole,
        "running": running,
        "live": running and STILL not in request.GET,
        "version": version,
        "totals": totals,
        "unneeded": 0 if running else spare_cards(membership, at=at, division=lesson.division_id).count(),
        # Told again only when they change: they are read aloud.
        "tell_totals": tiles_only and request.GET.get("totaux") != totals,
    }
    answer = render(request, part if tiles_only else page, facts)
    answer["ETag"] = etag
    return answer


def _asks_for_tiles(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
