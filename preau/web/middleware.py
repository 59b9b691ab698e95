"""What every answer gets, whatever the room."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from preau.web.views import too_large


class BoundedBodies:
    """Refuse a body larger than any file of ours before anything reads it: a file too large would fill the disk.

    The framework bounds fields, not files, and reads both before any view, for whoever sends them.
    """

    MOST_BYTES = 30 * 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and (len(length) > 18 or int(length) > self.MOST_BYTES):
            return too_large(request)
        return self.get_response(request)


class PrivatePages:
    """Keep pages out of shared caches and of the back button of the next pupil on the same computer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), interest-cohort=()"
        )
        return response
