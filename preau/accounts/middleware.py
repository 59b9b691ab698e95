"""What every page does with the session of whoever is signed in."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

SEEN = "seen"  # written by `actions.enter`
BETWEEN_WRITES = 300


class IdleHour:
    """End a session one hour after the last page, not after the sign-in (rentree.md §2, shared computers).

    The hour starts again at most every five minutes: one small write, not one a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        # A page that did not look at the session has nothing to keep alive.
        if session.accessed and not session.modified and SESSION_KEY in session:
            now, seen = int(time.time()), session.get(SEEN)
            if seen is not None and now - seen > BETWEEN_WRITES:
                session[SEEN] = now
        return response
