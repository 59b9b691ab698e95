"""What a pupil's own page knows of the lessons: that one is going on elsewhere, for somebody of their name."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from preau.classroom.siblings import ELSEWHERE


def pupil(request: HttpRequest) -> dict[str, object]:
    """Give `lesson_elsewhere`: the name of a class, or ""; read from the session by the pages that show it."""
    return {"lesson_elsewhere": SimpleLazyObject(lambda: _division(request))}


def _division(request: HttpRequest) -> str:
    division, until = request.session.get(ELSEWHERE, ("", 0))
    return str(division) if until > timezone.now().timestamp() else ""
