"""Pages that explain, and what is said when something goes wrong."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.http import require_safe

from preau.web.naming import current


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Short help, one part for each reader."""
    return render(request, "web/pages/help.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is met and what is not, said plainly."""
    return render(request, "web/pages/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Which data, why, for how long: a part for pupils, a part for families."""
    return render(request, "web/pages/privacy.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that what was asked does not hold together (400)."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this account may not, without saying what is behind (403)."""
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page had been open for too long; `reason` is for developers and is not shown."""
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is here, whether or not something is hidden (404)."""
    return render(request, "404.html", status=404)


def too_large(request: HttpRequest) -> HttpResponse:
    """Say that what was sent is too large (413)."""
    return render(request, "413.html", status=413)


def too_many(request: HttpRequest) -> HttpResponse:
    """Ask to wait a minute (429)."""
    return render(request, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed (500), with neither context processor nor database: they may be what failed.

    A database that does not answer, or cannot write any more, is said as such (503): nothing of the request was kept.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        # What PostgreSQL cut: a statement, a wait for a lock.
        slow = getattr(error.__cause__, "sqlstate", None) in {"57014", "55P03"}
        words = {"slow": slow, "reference": current.get()}
        page = loader.render_to_string("web/no_database.html", words)
        return HttpResponse(page, status=503, headers={"Retry-After": "60"})
    return HttpResponse(loader.render_to_string("500.html", {"reference": current.get()}), status=500)
