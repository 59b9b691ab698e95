"""One pupil during the lesson: what is known, and every answer a teacher has."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from preau.attachments.actions.attach import UNDO_WITHIN
from preau.attachments.models import Attachment
from preau.classroom import access as lessons
from preau.classroom.reading import board_of
from preau.establishments import access
from preau.establishments.access import staff_page


@staff_page
@require_GET
def pupil(request: HttpRequest, uai: str, pk: int, learner: int) -> HttpResponse:
    """A tile, unfolded."""
    membership = access.member(request.user, uai=uai)
    lesson = lessons.session_of(membership, pk)
    found, at = lessons.learner_of(lesson, learner), timezone.now()
    board = board_of(lesson, at=at)
    place = next((one for one in board.places if one.learner.pk == found.pk), None)
    if place is None:
        raise Http404
    attachment = Attachment.objects.active().filter(learner=found).select_related("account").first()
    ended = Attachment.objects.filter(learner=found, ended_at__gte=at - UNDO_WITHIN)
    facts = {
        "lesson": lesson,
        "pupil": found,
        "place": place,
        "board": board,
        "attachment": attachment,
        "undoable": ended.order_by("-ended_at").first() if attachment is None else None,
    }
    return render(request, "classroom/pupil.html", facts)
