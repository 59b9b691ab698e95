"""Pages that explain, and what is said when something goes wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


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


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page had been open for too long; `reason` is for developers and is not shown."""
    return render(request, "403_csrf.html", status=403)


def too_large(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that what was sent is too large (413)."""
    return render(request, "413.html", status=413)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Ask to wait a minute (429)."""
    return render(request, "429.html", status=429)
