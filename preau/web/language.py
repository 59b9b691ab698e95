"""In what language a page speaks: what a pupil chose, on the pages that pupils meet; French everywhere else.

The choice is a cookie for the time of the browser, and nothing more: a shared computer does not keep it, and what the
browser asks for is not believed, since a school's computers often come set to another language than the class's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.formats import date_format

from preau.web.french import day_words

FRENCH = settings.LANGUAGE_CODE
# The pages that are translated; an address that names a school (`uai`) is its staff's, and stays in French.
ROOMS = {"campaigns", "attachments", "parcours", "results", "privacy"}
PAGES = {"accounts:sign_in", "accounts:sign_out", "accounts:add_email", "web:language"}
SHARED = {"accounts:sessions", "web:help", "web:privacy"}  # adults read these in French
ARRIVALS = {"tile", "mediacentre", "saml_acs", "saml_finish", "mediacentre_back"}


class PupilLanguage:
    """Speak the chosen language on the pages of pupils, and say so in `request.speaks`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(chosen(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or FRENCH)
        return response

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> None:
        """Go back to French where nothing is translated; errors of addresses that lead nowhere stay translated."""
        request.speaks = speaks(request)  # type: ignore[attr-defined]
        if not request.speaks:  # type: ignore[attr-defined]
            translation.activate(FRENCH)


def chosen(request: HttpRequest) -> str:
    """The language of the cookie, when it is one of ours."""
    asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return asked if asked in dict(settings.LANGUAGES) else FRENCH


def speaks(request: HttpRequest) -> bool:
    """Whether the page at this address is written in every language."""
    match = request.resolver_match
    if match is None or "uai" in match.kwargs:
        return False
    if match.view_name in SHARED:
        return not getattr(request.user, "is_adult", False)
    room, _, page = match.view_name.rpartition(":")
    return room in ROOMS or match.view_name in PAGES or (room == "accounts" and page in ARRIVALS)


def in_french() -> bool:
    """Whether the page at hand speaks French."""
    return (translation.get_language() or FRENCH) == FRENCH


def day_said(day: date, *, today: date) -> str:
    """A day as people of the page's language say it."""
    return day_words(day, today=today) if in_french() else date_format(day, "DATE_FORMAT")
